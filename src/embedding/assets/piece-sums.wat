;; A text's wordpieces and the sums of their rows in one call: `wordpieces/piece-walk.ts` and `plain-reader.ts` with 128-bit lanes.
;; `wordpieces/wasm-reader.ts` makes and fills the memory, whose map is:
;;   0x00000 UNITS    what each UTF-16 code unit is, u16     0x31000 LIST    where each piece's row lies, i32
;;   0x20000 LENGTHS  longest piece by its first three, u8   0x35000 SUMS    i32, one a column
;;   0x28000 TEXT     code units                             0x36000 STARTS  first key of each bucket, i32
;;   0x2a000 WORD     i32 hash, i32 unit, of each unit       then, where the parameters say, KEYS (i32) and ROWS (int8)
;; Assembled by `npm run build:wasm`.
(module
  (import "table" "memory" (memory 4))

  ;; Adds eight i16 to the i32 at $at in SUMS.
  (func $add (param $at i32) (param $part v128)
    (v128.store offset=0x35000 (local.get $at)
      (i32x4.add (v128.load offset=0x35000 (local.get $at)) (i32x4.extend_low_i16x8_s (local.get $part))))
    (v128.store offset=0x35010 (local.get $at)
      (i32x4.add (v128.load offset=0x35010 (local.get $at)) (i32x4.extend_high_i16x8_s (local.get $part)))))

  ;; Takes the number of code units at TEXT, 32 less the bits of a bucket, units of the longest piece, KEYS, ROWS, entries of a row and
  ;; how many of them are added up (a multiple of 64); writes so many SUMS, returns the number of pieces.
  (func (export "sum")
    (param $length i32) (param $shift i32) (param $longest i32) (param $keys i32) (param $rows i32) (param $stride i32)
    (param $columns i32)
    (result i32)
    (local $at i32) (local $end i32) (local $unit i32) (local $hash i32) (local $key i32) (local $found i32)
    ;; In WORD: behind the word so far; where the next piece begins; behind the candidate; while hashing, the unit and the limit.
    (local $next i32) (local $from i32) (local $last i32) (local $cursor i32)
    (local $list i32) (local $block i32) (local $column i32)
    (local $keys4 v128)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (local $s4 v128) (local $s5 v128) (local $s6 v128) (local $s7 v128)

    ;; First, units -> words -> pieces. A blank behind the text closes the last word.
    (local.set $longest (i32.shl (local.get $longest) (i32.const 3)))
    (local.set $at (i32.const 0x28000))
    (local.set $end (i32.add (i32.const 0x28000) (i32.shl (local.get $length) (i32.const 1))))
    (i32.store16 (local.get $end) (i32.const 32))
    (local.set $list (i32.const 0x31000))
    (local.set $hash (i32.const 0x3c6ef372))
    (local.set $next (i32.const 0x2a000))
    (loop $units
      (local.set $unit (i32.load16_u (i32.shl (i32.load16_u (local.get $at)) (i32.const 1))))
      (local.set $at (i32.add (local.get $at) (i32.const 2)))
      (block $border
        ;; 0 is a blank, 1 is not there, from 0x8000 on stands what is a word of its own.
        (br_if $border (i32.ge_u (i32.sub (local.get $unit) (i32.const 2)) (i32.const 0x7ffe)))
        (local.set $hash (i32.mul (i32.xor (local.get $hash) (local.get $unit)) (i32.const 0x9e3779b1)))
        (i32.store (local.get $next) (local.get $hash))
        (i32.store offset=4 (local.get $next) (local.get $unit))
        (local.set $next (i32.add (local.get $next) (i32.const 8)))
        (br $units))
      (br_if $units (i32.eq (local.get $unit) (i32.const 1)))
      (block $closed
        (loop $words
          (if (i32.ne (local.get $next) (i32.const 0x2a000))
            (then
              (local.set $from (i32.const 0x2a000))
              (local.set $last (i32.add (local.get $from) (local.get $longest)))
              (local.set $last
                (select (local.get $next) (local.get $last) (i32.lt_u (local.get $next) (local.get $last))))
              (loop $pieces
                (block $taken
                  ;; Mostly the word is a piece, so its whole is tried before anything shorter.
                  (loop $shorter
                    (local.set $hash (i32.load (i32.sub (local.get $last) (i32.const 8))))
                    (local.set $key
                      (i32.mul
                        (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 15)))
                        (i32.const 0x85ebca6b)))
                    (local.set $keys4 (i32x4.splat (local.get $key)))
                    (local.set $key
                      (i32.load offset=0x36000
                        (i32.shl (i32.shr_u (local.get $key) (local.get $shift)) (i32.const 2))))
                    (local.set $cursor (i32.add (local.get $keys) (i32.shl (local.get $key) (i32.const 2))))
                    ;; Eight keys from the bucket's first on: one of another bucket cannot be equal.
                    (local.set $found
                      (i32.or
                        (i32x4.bitmask (i32x4.eq (local.get $keys4) (v128.load (local.get $cursor))))
                        (i32.shl
                          (i32x4.bitmask (i32x4.eq (local.get $keys4) (v128.load offset=16 (local.get $cursor))))
                          (i32.const 4))))
                    (if (local.get $found)
                      (then
                        (i32.store (local.get $list)
                          (i32.add
                            (local.get $rows)
                            (i32.mul
                              (i32.add (local.get $key) (i32.ctz (local.get $found)))
                              (local.get $stride))))
                        (local.set $list (i32.add (local.get $list) (i32.const 4)))
                        (local.set $from (local.get $last))
                        (br $taken)))
                    ;; No piece is longer than two, or than the longest that begins with the same three.
                    (local.set $hash (i32.load offset=16 (local.get $from)))
                    (local.set $cursor
                      (i32.shl
                        (i32.load8_u offset=0x20000
                          (i32.shr_u
                            (i32.mul
                              (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 15)))
                              (i32.const 0x85ebca6b))
                            (i32.const 17)))
                        (i32.const 3)))
                    (local.set $cursor
                      (i32.add
                        (local.get $from)
                        (select (local.get $cursor) (i32.const 16) (i32.gt_u (local.get $cursor) (i32.const 16)))))
                    (local.set $last (i32.sub (local.get $last) (i32.const 8)))
                    (local.set $last
                      (select (local.get $cursor) (local.get $last) (i32.lt_u (local.get $cursor) (local.get $last))))
                    (br_if $shorter (i32.gt_u (local.get $last) (local.get $from))))
                  ;; Nothing begins here.
                  (local.set $from (i32.add (local.get $from) (i32.const 8))))
                (if (i32.lt_u (local.get $from) (local.get $next))
                  (then
                    ;; Hashes of what is left, from here on, as far as pieces go.
                    (local.set $last (i32.add (local.get $from) (local.get $longest)))
                    (local.set $last
                      (select (local.get $next) (local.get $last) (i32.lt_u (local.get $next) (local.get $last))))
                    (local.set $hash (i32.const 0x5bd1e995))
                    (local.set $cursor (local.get $from))
                    (loop $hashes
                      (local.set $hash
                        (i32.mul
                          (i32.xor (local.get $hash) (i32.load offset=4 (local.get $cursor)))
                          (i32.const 0x9e3779b1)))
                      (i32.store (local.get $cursor) (local.get $hash))
                      (local.set $cursor (i32.add (local.get $cursor) (i32.const 8)))
                      (if (i32.eq (i32.sub (local.get $cursor) (local.get $from)) (i32.const 24))
                        (then
                          (local.set $key
                            (i32.shl
                              (i32.load8_u offset=0x20000
                                (i32.shr_u
                                  (i32.mul
                                    (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 15)))
                                    (i32.const 0x85ebca6b))
                                  (i32.const 17)))
                              (i32.const 3)))
                          (local.set $key
                            (i32.add
                              (local.get $from)
                              (select (local.get $key) (i32.const 16) (i32.gt_u (local.get $key) (i32.const 16)))))
                          (local.set $last
                            (select (local.get $key) (local.get $last) (i32.lt_u (local.get $key) (local.get $last))))))
                      (br_if $hashes (i32.lt_u (local.get $cursor) (local.get $last))))
                    (br $pieces))))
              (local.set $hash (i32.const 0x3c6ef372))
              (local.set $next (i32.const 0x2a000))))
          (br_if $closed (i32.eqz (local.get $unit)))
          ;; What stands alone is closed as a word of one unit.
          (i32.store (i32.const 0x2a000)
            (i32.mul (i32.xor (local.get $unit) (i32.const 0x3c6ef372)) (i32.const 0x9e3779b1)))
          (local.set $next (i32.const 0x2a008))
          (local.set $unit (i32.const 0))
          (br $words)))
      (br_if $units (i32.le_u (local.get $at) (local.get $end))))

    ;; Second, rows -> sums, 64 columns at a time. 256 int8 fit into an i16 lane; then it goes over to i32.
    (memory.fill (i32.const 0x35000) (i32.const 0) (i32.shl (local.get $columns) (i32.const 2)))
    (loop $parts
      (local.set $at (i32.const 0x31000))
      (block $summed
        (loop $blocks
          (br_if $summed (i32.ge_u (local.get $at) (local.get $list)))
          (local.set $block (i32.add (local.get $at) (i32.const 1024)))
          (local.set $block
            (select (local.get $block) (local.get $list) (i32.lt_u (local.get $block) (local.get $list))))
          (local.set $s0 (v128.const i32x4 0 0 0 0))
          (local.set $s1 (v128.const i32x4 0 0 0 0))
          (local.set $s2 (v128.const i32x4 0 0 0 0))
          (local.set $s3 (v128.const i32x4 0 0 0 0))
          (local.set $s4 (v128.const i32x4 0 0 0 0))
          (local.set $s5 (v128.const i32x4 0 0 0 0))
          (local.set $s6 (v128.const i32x4 0 0 0 0))
          (local.set $s7 (v128.const i32x4 0 0 0 0))
          (loop $rows
            (local.set $cursor (i32.add (i32.load (local.get $at)) (local.get $column)))
            (local.set $s0 (i16x8.add (local.get $s0) (v128.load8x8_s (local.get $cursor))))
            (local.set $s1 (i16x8.add (local.get $s1) (v128.load8x8_s offset=8 (local.get $cursor))))
            (local.set $s2 (i16x8.add (local.get $s2) (v128.load8x8_s offset=16 (local.get $cursor))))
            (local.set $s3 (i16x8.add (local.get $s3) (v128.load8x8_s offset=24 (local.get $cursor))))
            (local.set $s4 (i16x8.add (local.get $s4) (v128.load8x8_s offset=32 (local.get $cursor))))
            (local.set $s5 (i16x8.add (local.get $s5) (v128.load8x8_s offset=40 (local.get $cursor))))
            (local.set $s6 (i16x8.add (local.get $s6) (v128.load8x8_s offset=48 (local.get $cursor))))
            (local.set $s7 (i16x8.add (local.get $s7) (v128.load8x8_s offset=56 (local.get $cursor))))
            (local.set $at (i32.add (local.get $at) (i32.const 4)))
            (br_if $rows (i32.lt_u (local.get $at) (local.get $block))))
          (local.set $cursor (i32.shl (local.get $column) (i32.const 2)))
          (call $add (local.get $cursor) (local.get $s0))
          (call $add (i32.add (local.get $cursor) (i32.const 32)) (local.get $s1))
          (call $add (i32.add (local.get $cursor) (i32.const 64)) (local.get $s2))
          (call $add (i32.add (local.get $cursor) (i32.const 96)) (local.get $s3))
          (call $add (i32.add (local.get $cursor) (i32.const 128)) (local.get $s4))
          (call $add (i32.add (local.get $cursor) (i32.const 160)) (local.get $s5))
          (call $add (i32.add (local.get $cursor) (i32.const 192)) (local.get $s6))
          (call $add (i32.add (local.get $cursor) (i32.const 224)) (local.get $s7))
          (br $blocks)))
      (local.set $column (i32.add (local.get $column) (i32.const 64)))
      (br_if $parts (i32.lt_u (local.get $column) (local.get $columns))))
    (i32.shr_u (i32.sub (local.get $list) (i32.const 0x31000)) (i32.const 2))))
