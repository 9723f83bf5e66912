/* Answers and moved reports: one resident, two books. The attacker has an account with the book
 * `main`, copies the gateway's database at any time, and may drop every call of the desk. The words
 * of a reply and of an answer are terms that open with one key each: the reply key, which is inside
 * the seal of the tip, and the key that the newest letter names.
 *
 * The assertions hold for what a letter decides. Without a letter the page asks for the topic, as the
 * form does, and the resident decides. README.md lists the bounds and the broken variants. */

#define DAYS      4
#define LOOK_BACK 3 /* days; 14 in the program */

#define NEITHER 0
#define MAIN    1
#define SAFE    2 /* safeguarding, or a restricted book */

byte day;
byte home;          /* the book that has the report */
byte row_on[3];     /* the day in the name of the box's row of this book; 0: no such row */
byte row_to[3];     /* the key that the letter in it names */
bit due[3];         /* the rows are replaced as soon as the book is open */
bit was_moved, settled; /* settled: the rows of both books were replaced after the move */
bit has_key, has_reply, has_answer; /* the attacker: the box's reply key, words of a reply, of an answer */
bit asked;          /* an answer went where the resident said */
hidden byte newest, to;

/* All rows of one book. Only the book that has the report answers its receipt. */
inline replace(b) {
  row_on[b] = 0; row_to[b] = NEITHER;
  if
  :: home == b ->
     row_on[b] = day;
#ifdef REPLY_NAMES_MAIN
     row_to[b] = MAIN;
#else
     row_to[b] = b;
#endif
  :: else
  fi;
#ifdef ANSWERS_IN_BOTH
  if :: was_moved && b == MAIN -> row_on[b] = day; row_to[b] = MAIN :: else fi;
#endif
  due[b] = 0;
  if :: was_moved && !due[MAIN] && !due[SAFE] -> settled = 1 :: else fi;
  /* Each copy is tried with each key that the attacker has. */
  if :: has_key && row_on[b] != 0 -> has_reply = 1 :: else fi
}

inline move() {
  home = SAFE; was_moved = 1;
#ifdef MOVE_WAITS
  /* The rows wait for the next day, and nobody knows when both books had theirs. */
  settled = 1
#else
  due[MAIN] = 1; due[SAFE] = 1
#endif
}

/* The gateway opens the rows of the box that are young enough, and takes the newest letter. Of two
 * letters of one day it may take either. */
inline answer() {
  newest = 0; to = NEITHER;
  if :: row_on[MAIN] != 0 && day - row_on[MAIN] < LOOK_BACK -> newest = row_on[MAIN]; to = row_to[MAIN] :: else fi;
  if
  :: row_on[SAFE] != 0 && day - row_on[SAFE] < LOOK_BACK && row_on[SAFE] > newest -> to = row_to[SAFE]
  :: row_on[SAFE] != 0 && row_on[SAFE] == newest ->
     if :: to = row_to[SAFE] :: skip fi
  :: else
  fi;
  if
  :: to == NEITHER -> asked = 1
#ifdef ANSWER_IN_CLEAR
  :: to != NEITHER -> has_answer = 1
#else
  :: to == MAIN && (!was_moved || settled) -> has_answer = 1
  :: to == MAIN && was_moved && !settled
  :: to == SAFE
#endif
  fi;
  newest = 0; to = NEITHER
}

/* The promise: what the letter decides never opens with the key of `main`, unless the report is
 * there. Nothing of a report that was never there opens. */
inline check() {
  assert(!(home == SAFE && has_answer));
  assert(!(!was_moved && home == SAFE && (has_key || has_reply)));
  has_answer = 0
}

init {
  day = 1;
  /* The first report: sealed to the book of its lane. */
  if
  :: home = MAIN; has_key = 1
  :: home = SAFE
  fi;
  do
  :: day > DAYS -> break
  :: else ->
     due[MAIN] = 1; due[SAFE] = 1;
     do
     :: atomic { due[MAIN] -> replace(MAIN); check() }
     :: atomic { due[SAFE] -> replace(SAFE); check() }
     :: atomic { home == MAIN -> move(); check() }
     :: atomic { answer(); check() }
     /* "Forget" takes every row of the box; the desk still has the box until it collects. */
     :: atomic { row_on[MAIN] + row_on[SAFE] > 0 -> row_on[MAIN] = 0; row_on[SAFE] = 0; row_to[MAIN] = 0; row_to[SAFE] = 0 }
     :: break
     od;
     day++
  od
}
