/** The small layer between Akka HTTP and the routes: a table of endpoints, calls, answers, problems. Knows no tasks. */
@NullMarked
package dev.leasehold.admin.http;

import org.jspecify.annotations.NullMarked;
