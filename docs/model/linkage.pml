/* Linkage and content: two worlds with the same outside. In world 0 any message may come from one of
 * two residents with a receipt. In world 1 each message comes from somebody without one, so no row
 * belongs to anybody. If the attacker cannot tell any run of world 0 from world 1, they cannot tell
 * two runs of world 0 from each other: a row has no tip, no answer a box, no day another day.
 *
 * The attacker copies the whole database after every hour, sees when the desk collects and replaces
 * rows, may drop either, has a receipt of their own, and an account with the book `main`. `same`
 * fails when something that they can derive differs between the worlds.
 *
 * Terms are small numbers. The name of a row is (box, day). A row of box 0 is random bytes under a
 * random name. A sealed row is fresh each time, and opens only with the key of its box. README.md
 * lists the bounds, and the broken variants that `run` switches on. */

#define DAYS  4
#define HOURS 2

#define NOBODY 0
#define ANN    1 /* Two residents. Their reports belong to the book `safeguarding`. */
#define BEA    2
#define PROBER 3 /* The attacker's own receipt. */
#define COVER  4 /* First of the rows that are overwritten in an hour without a "forget". */
#define ROWS  12 /* The last one is never touched. */

#define TIP    1
#define ANSWER 2
#define FORGET 3

typedef Row {
  byte box;
  byte named_on;
  byte changed; /* the hours since the replacement in which it was overwritten, a bit each */
  bit known;    /* its name stood in an earlier replacement */
  bit longer    /* its bytes are longer than those of other rows */
}

typedef World {
  Row row[13];
  bit live[3];    /* the desk answers this box */
  bit written[3]; /* with a reply */
  bit waits[3];   /* a tip with this box is in the queue */
  bit wish[3];    /* a wish to forget it is in the queue */
  byte blank[3];  /* days for which the gateway keeps the rows of a forgotten box out */
  bit open[3]     /* the attacker has the key of this box */
}

World w[2];
byte day, since; /* since: hours since the replacement */
byte act[2], who[2], tip_seen[2];
hidden short sign[26];
hidden byte x, y, found;
bit same, replaced, overwritten[2], page[2];

/* The sealed tip of this hour. Who has the book `main` opens what its key opens: words, box, key. */
inline store_tip(i) {
  tip_seen[i] = 0;
#if defined(ANSWER_IN_CLEAR) || defined(ANSWER_TO_MAIN)
  if
  :: act[i] == ANSWER ->
     tip_seen[i] = 1 + who[i];
     if :: who[i] != NOBODY -> w[i].open[who[i]] = 1 :: else fi
  :: else
  fi
#endif
}

/* Overwrites a row with random bytes under a random name. */
inline overwrite(i, at) {
  w[i].row[at].box = 0; w[i].row[at].named_on = 0; w[i].row[at].known = 0; w[i].row[at].longer = 0;
  w[i].row[at].changed = w[i].row[at].changed | (1 << since);
  overwritten[i] = 1
}

/* One message of a resident. In the queue each kind is one tip of the same lane and size. */
inline resident(i) {
  store_tip(i);
  if
  :: who[i] == NOBODY
  :: who[i] != NOBODY && act[i] != FORGET -> w[i].waits[who[i]] = 1
  :: who[i] != NOBODY && act[i] == FORGET ->
     w[i].waits[who[i]] = 0; w[i].wish[who[i]] = 1; w[i].blank[who[i]] = 2;
     if
     :: w[i].row[who[i]].box == who[i] -> overwrite(i, who[i])
     :: else
     fi
  fi
}

/* In every hour one row of the book is overwritten: the forgotten one, or one that is there for it. */
inline cover(i) {
#ifndef FORGET_ALONE
  if
  :: !overwritten[i] && replaced -> overwrite(i, COVER + since)
  :: else
  fi;
#endif
  overwritten[i] = 0
}

inline collect(i) {
  x = ANN;
  do
  :: x > BEA -> break
  :: else ->
     if
     :: w[i].wish[x] -> w[i].live[x] = 0; w[i].wish[x] = 0; w[i].written[x] = 0
     :: else
     fi;
     if :: w[i].waits[x] -> w[i].live[x] = 1; w[i].waits[x] = 0 :: else fi;
     x++
  od
}

/* All rows of the book in one transaction: live ones sealed anew, random bytes in the rest. */
inline replace(i) {
  x = ANN;
  do
  :: x > ROWS -> break
  :: else ->
     w[i].row[x].changed = 0; w[i].row[x].longer = 0;
     if
     :: x == PROBER || (x < PROBER && w[i].live[x] && w[i].blank[x] == 0) ->
#ifdef FIXED_NAMES
        w[i].row[x].known = (w[i].row[x].box == x);
#else
        w[i].row[x].known = (w[i].row[x].box == x && w[i].row[x].named_on == day);
        w[i].row[x].named_on = day;
#endif
        w[i].row[x].box = x;
#ifdef NO_PADDING
        if :: x < PROBER -> w[i].row[x].longer = w[i].written[x] :: else fi
#endif
     :: else ->
#ifdef ONLY_LIVE_ROWS
        w[i].row[x].known = (w[i].row[x].box == 0 && replaced);
#else
        w[i].row[x].known = 0;
#endif
        w[i].row[x].box = 0; w[i].row[x].named_on = 0
     fi;
     x++
  od
}

/* The attacker's page: the stage of their own report. */
inline prober_sees(i) {
#ifdef STAGE_BY_OTHERS
  page[i] = w[i].live[ANN] || w[i].live[BEA]
#else
  page[i] = 0
#endif
}

/* What a row shows. */
inline signs_of(i) {
  x = ANN;
  do
  :: x > ROWS -> break
  :: else ->
     y = i * 13 + x;
     sign[y] = w[i].row[x].changed + 256 * w[i].row[x].known + 512 * w[i].row[x].longer;
     if
     :: w[i].row[x].box == PROBER -> sign[y] = sign[y] + 1024
     :: w[i].row[x].box != 0 && w[i].row[x].box < PROBER && w[i].open[w[i].row[x].box] -> sign[y] = sign[y] + 2048
     :: else
     fi;
     x++
  od
}

/* Rows are shuffled, so what shows is only how many rows have the same signs. `found` counts them
 * in world 0 up, in world 1 down. */
inline copy_and_compare() {
  same = (tip_seen[0] == tip_seen[1]);
  prober_sees(0); prober_sees(1);
  same = same && (page[0] == page[1]);
  page[0] = 0; page[1] = 0;
  signs_of(0); signs_of(1);
  x = ANN;
  do
  :: x > ROWS || !same -> break
  :: else ->
     found = 0; y = ANN;
     do
     :: y > ROWS -> break
     :: else ->
        if :: sign[y] == sign[x] -> found++ :: else fi;
        if :: sign[13 + y] == sign[x] -> found-- :: else fi;
        y++
     od;
     same = same && (found == 0);
     x++
  od;
  assert(same);
  /* Content: the key of a resident's box is never derived, so no reply and no answer opens. */
  assert(!w[0].open[ANN] && !w[0].open[BEA] && !w[1].open[ANN] && !w[1].open[BEA]);
  act[0] = 0; act[1] = 0; who[0] = 0; who[1] = 0; tip_seen[0] = 0; tip_seen[1] = 0
}

inline choose(i) {
  if
  :: act[i] = TIP; who[i] = NOBODY
  :: act[i] = TIP; who[i] = ANN
  :: act[i] = TIP; who[i] = BEA
  :: act[i] = ANSWER; who[i] = ANN
  :: act[i] = ANSWER; who[i] = BEA
  :: act[i] = FORGET; who[i] = ANN
  :: act[i] = FORGET; who[i] = BEA
  fi
}

inline write_reply(i) {
  if
  :: w[i].live[ANN] -> w[i].written[ANN] = 1
  :: w[i].live[BEA] -> w[i].written[BEA] = 1
  :: skip
  fi
}

/* The gateway's list of forgotten boxes gets a day older. */
inline night(i) {
  if :: w[i].blank[ANN] > 0 -> w[i].blank[ANN]-- :: else fi;
  if :: w[i].blank[BEA] > 0 -> w[i].blank[BEA]-- :: else fi
}

init {
  byte hour;
  day = 1;
  do
  :: day > DAYS -> break
  :: else ->
     /* The morning. The attacker sees and may drop both calls of the desk, which follow from the
      * hours of the staff. */
     atomic {
       night(0); night(1);
       if
       :: collect(0); collect(1)
       :: skip
       fi;
#ifdef NO_PADDING
       write_reply(0);
#endif
       if
       :: replace(0); replace(1); replaced = 1; since = 0; copy_and_compare()
       :: skip
       fi;
       hour = 0
     }
     do
     :: hour == HOURS -> break
     :: else ->
        atomic {
          if
          :: choose(0); act[1] = TIP; who[1] = NOBODY; resident(0); resident(1)
          :: skip
          fi;
          cover(0); cover(1);
          copy_and_compare();
          since++; hour++
        }
     od;
     day++
  od
}
