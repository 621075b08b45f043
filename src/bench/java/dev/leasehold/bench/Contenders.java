package dev.leasehold.bench;

/** Opens a system under test by the name that the report has for it. */
final class Contenders {

    private Contenders() {}

    static Contender open(String system, BenchDatabase database, Arrivals arrivals) throws Exception {
        return switch (system) {
            case "leasehold" -> new LeaseholdContender(database, arrivals);
            case "raw" -> new RawContender(database, arrivals, new BareTables());
            case "raw-same-tables" -> new RawContender(database, arrivals, new SameTables());
            case "db-scheduler" -> new DbSchedulerContender(database, arrivals);
            case "jobrunr" -> new JobRunrContender(database, arrivals);
            case "quartz" -> new QuartzContender(database, arrivals);
            default -> throw new IllegalArgumentException("no system " + system);
        };
    }
}
