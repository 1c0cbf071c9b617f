"""The order of events at one instant, which both engines keep.

Events happen by (time, rank, serial); the serial is the order of scheduling. In full, with the rank first:

1  calendar: rows of the change table, in its order. A capacity change settles pausing and resuming at once;
   a service that has no work left ends in this instant and is not paused.
2  ends of work and of travel, in the order in which they were scheduled.
3  arrivals, in the order of the Plan.
4  grants. A queue that holds a truck is *marked* when a truck becomes the head of one of its files by joining
   or because the patience of the head before it ended; when a unit that its trucks may want comes free or the
   capacity of such a resource changes; and when a queue becomes empty that an option of its trucks wants empty.
   A marked queue is looked at once, as an event of rank 4 whose serial is that of its marking; marking it again
   meanwhile changes nothing, and so does a truck that joins behind others. Looking at a queue is:

       take the heads of its files in the order of its discipline
       the first head that can be granted one of its options whole (options in order) is granted
       a head before it that cannot, and has somewhere else to go, goes there instead
       after either, begin again with the new heads; stop when no head can do anything

   A granted truck takes what it asked for, gives up what the option names, and goes on at once until it
   asks, works, travels or leaves; only then is the queue looked at further.
5  state rules and patience that ends, in the order in which they were scheduled. A rule that watches a count is
   scheduled whenever a truck takes or gives up a unit, joins or leaves a queue, that belongs to the count, unless
   it is scheduled already.

The disciplines order heads by: LEVELS (level, joining); AGEING (head start x 1000 + slope x wait, larger first,
joining); EXPIRY (level, key, joining); CYCLE: from the present place of the pattern round it once, each level when
it is first met, within it by joining, then levels that the pattern lacks by (level, joining). A grant moves the
place of the pattern behind the place at which the level of the granted truck was met; a truck sent elsewhere does
not move it, nor does one of a level that the pattern lacks.

Whoever gives up a unit marks the queues that watch it, in the order of the watch table. A server that comes
free where trucks stand paused goes to the one that started first, before any queue is marked.
A truck's work of zero length is an ordinary event of rank 2. Events at or after the end do not happen.
"""

from enum import IntEnum


class Rank(IntEnum):
    """What goes first at one instant."""

    CALENDAR = 1
    END = 2
    ARRIVAL = 3
    GRANT = 4
    RULE = 5
