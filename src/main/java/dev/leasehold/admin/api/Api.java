package dev.leasehold.admin.api;

import akka.actor.typed.ActorSystem;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.engine.Engine;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** Puts the routes below {@code /api/v1} together. */
public final class Api {

    private Api() {}

    /** All of them; called once a system, for the streams begin to read with it. */
    public static List<Endpoint> endpoints(
            ActorSystem<?> system, Database database, Engine engine, PoolViews pools, Clock clock) {
        TaskLookup lookup = new TaskLookup(database, engine);
        List<Endpoint> all = new ArrayList<>();
        all.addAll(new TaskRoutes(database, lookup).endpoints());
        all.addAll(new CreateRoutes(database, engine, lookup).endpoints());
        all.addAll(new ActionRoutes(database, engine, lookup).endpoints());
        all.add(new WhyRoute(database, engine).endpoint());
        all.add(new BulkActionRoute(database, engine, clock).endpoint());
        all.addAll(new RunRoutes(database, engine).endpoints());
        all.addAll(new LeaseRoutes(database, pools, clock).endpoints());
        all.addAll(new StateRoutes(database, engine, pools).endpoints());
        all.addAll(new DoctorRoutes(database, engine).endpoints());
        all.add(new StreamRoutes(system, database, pools).endpoint());
        all.addAll(new BatchRoutes(database, engine).endpoints());
        all.addAll(new QueueRoutes(database).endpoints());
        all.addAll(new TypeRestRoutes(database).endpoints());
        all.addAll(new LimitRoutes(database).endpoints());
        all.addAll(new RateRoutes(database).endpoints());
        all.addAll(new WeightRoutes(database).endpoints());
        all.addAll(new SubscriptionRoutes(database).endpoints());
        all.add(new SchedulePreview(clock).endpoint());
        all.add(OpenApi.endpoint());
        return List.copyOf(all);
    }
}
