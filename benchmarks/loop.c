/* The plain event loop of the compiled engine in C, as a ceiling: the same tables, the same order, the same stamps.
   Only what workload W uses: asks for one unit, files by level, works, moves, capacity by calendar. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct { int64_t word; int32_t truck; } Event;  /* word = time << bits | serial */
enum { OP, NEXT, SLOT, STAMP, GIVE, GIVE_TO, QUEUE, FILE_, NEED };
enum { WORK, ASK_ONE, LEAVE, MOVE };
#define LAST INT64_MAX

static inline int before(Event a, Event b) { return a.word < b.word; }

static inline void push(Event *heap, int64_t k, Event x) {
  while (k > 0) {
    int64_t parent = (k - 1) >> 1;
    if (before(heap[parent], x)) break;
    heap[k] = heap[parent];
    k = parent;
  }
  heap[k] = x;
}

static inline int64_t pop(Event *heap, int64_t size) {
  Event x = heap[--size];
  heap[size] = (Event){LAST, -1};
  if (!size) return 0;
  int64_t k = 0, child = 1;
  while (child < size) {
    child += before(heap[child + 1], heap[child]);
    heap[k] = heap[child];
    k = child;
    child = 2 * k + 1;
  }
  push(heap, k, x);
  return size;
}

void run(int64_t n, const int64_t *enters, const int32_t *first, const int64_t *work, const int64_t *work_at,
         const int64_t *stamp_at, const int32_t *rows, const int32_t *units, const int32_t *queues, int64_t n_queues,
         const int32_t *resources, const int64_t *changes, int64_t n_files, int64_t *free_, int64_t *capacity,
         int64_t now, int64_t ends, int64_t *stamps, int32_t *at) {
  int32_t *behind = malloc(4 * (n + 1)), *head = malloc(4 * n_files), *tail = malloc(4 * n_files);
  memset(head, -1, 4 * n_files);
  int64_t *waiting = calloc(n_queues, 8), wraps = 1;
  char *marked = calloc(n_queues, 1);
  while (wraps <= n_queues) wraps *= 2;
  int32_t *ring = malloc(4 * wraps--);
  int64_t bits = 62;
  for (int64_t span = ends > -now ? ends : -now; span; span >>= 1) bits--;
  int64_t room = 1024, size = 0, serial = 0, arrival = 0, row_of = 0, from = 0, to = 0, looking = -1;
  Event *heap = malloc(sizeof(Event) * (room + 2));
  for (int64_t k = 0; k < room + 2; k++) heap[k] = (Event){LAST, -1};
#define MARK(q) if (!marked[q]) { marked[q] = 1; ring[to++ & wraps] = q; }
#define MARK_WAITERS(r) for (int32_t k = resources[4 * (r)]; k < resources[4 * (r) + 1]; k++) \
    if (waiting[units[k]] > 0) MARK(units[k])
  for (;;) {
    int64_t truck, give, give_to, then, stamp;
    const int32_t *row;
    int64_t arrives = arrival < n ? enters[arrival] : LAST, change = changes[5 * row_of], soonest = heap[0].word >> bits;
    if (looking < 0) {
      if (arrives < soonest) soonest = arrives;
      if (change < soonest) soonest = change;
      if (from != to && soonest > now) { looking = ring[from++ & wraps]; marked[looking] = 0; }
    }
    if (looking >= 0) {
      truck = -1;
      for (int32_t k = queues[10 * looking]; k < queues[10 * looking + 1]; k++) {
        int32_t file = units[k], first_of = head[file];
        if (first_of >= 0 && free_[rows[at[first_of] + NEED]] > 0) { truck = first_of; head[file] = behind[truck]; break; }
      }
      if (truck < 0) { looking = -1; continue; }
      row = rows + at[truck];
      waiting[looking]--;
      free_[row[NEED]]--;
      give = row[GIVE], give_to = row[GIVE_TO], then = row[NEXT], stamp = row[STAMP];
    } else if (soonest >= ends) break;
    else {
      now = soonest;
      if (change == now) {
        const int64_t *c = changes + 5 * row_of++;
        free_[c[2]] += c[3] - capacity[c[2]];
        capacity[c[2]] = c[3];
        MARK_WAITERS(c[2])
        continue;
      }
      if (heap[0].word >> bits == now) {
        truck = heap[0].truck;
        size = pop(heap, size);
        row = rows + at[truck];
        give = row[GIVE], give_to = row[GIVE_TO], then = row[NEXT], stamp = row[STAMP];
      } else {
        truck = arrival++;
        give = give_to = 0, then = (int64_t)first[truck] << 4, stamp = -1;
      }
    }
    for (;;) {
      for (; give < give_to; give++) {
        int32_t r = units[give];
        free_[r]++;
        MARK_WAITERS(r)
      }
      if (stamp >= 0) stamps[stamp_at[truck] + stamp] = now;
      if (then < 0) break;
      row = rows + then;
      at[truck] = (int32_t)then;
      if (row[OP] == WORK) {
        int64_t lasts = work[work_at[truck] + row[SLOT]];
        if (lasts < ends - now) {
          if (size + 2 > room) {
            heap = realloc(heap, sizeof(Event) * (2 * room + 2));
            for (int64_t k = room + 2; k < 2 * room + 2; k++) heap[k] = (Event){LAST, -1};
            room *= 2;
          }
          push(heap, size++, (Event){(now + lasts) << bits | serial++, (int32_t)truck});
        }
        break;
      }
      if (row[OP] == ASK_ONE) {
        int32_t q = row[QUEUE], file = row[FILE_];
        int64_t next = arrival < n ? enters[arrival] : LAST;
        if (waiting[q] == 0 && free_[row[NEED]] > 0 && from == to && heap[0].word >> bits > now && next > now &&
            (looking < 0 || (looking != q && waiting[looking] == 0))) {
          looking = q;
          free_[row[NEED]]--;
          give = row[GIVE], give_to = row[GIVE_TO], then = row[NEXT], stamp = row[STAMP];
          continue;
        }
        if (head[file] < 0) { head[file] = (int32_t)truck; MARK(q) } else behind[tail[file]] = (int32_t)truck;
        tail[file] = (int32_t)truck;
        behind[truck] = -1;
        waiting[q]++;
        break;
      }
      give = row[GIVE], give_to = row[GIVE_TO], then = row[NEXT], stamp = -1;
    }
  }
  free(behind), free(head), free(tail), free(waiting), free(marked), free(ring), free(heap);
}
