;; One walk over a text feeds all that linear heads read: hashed features (`features.ts`), wordpieces
;; (`wordpieces/piece-walk.ts`, `plain-reader.ts`) and the logits of both (`plain-heads.ts`), with 128-bit lanes.
;; `wordpieces/walk-memory.ts` makes and fills the memory, whose map is:
;;   0x00000 UNITS    what each UTF-16 code unit is: its code, to features in the low half, to wordpieces in the high one
;;   0x40000 LENGTHS  longest piece by its first three, u8      0x5a000 KEYS     and its key to pieces, i32
;;   0x48000 TEXT     code units                                0x5e000 LIST     where each piece's row lies, i32
;;   0x4b000 SEEN     one bit a feature, 0 between calls        0x60000 SUMS     of pieces, i32, one a column
;;   0x4d000 PREFIX   hash after each unit of a word, i32       0x60800 OWN      sums of features, 32 i32
;;   0x4f000 RAW      hashes of features, i32                   0x60880 PRODUCT  32 f32
;;   0x52000 DISTINCT features, u16                             0x60900 LOGITS   32 f64
;;   0x54000 CODES    i32, one a unit                           0x60a00 STEPS    hashes of two words after each of 8 units
;;   0x56000 STARTS   where in CODES each word begins, i32      0x60a80 HASHES   after each unit of a piece, i32
;;   0x58000 ENDS     and where it ends, i32                    0x61000 SCALES   of pieces, f32, one a column
;; then, where the globals say, BUCKETS (a line of 64 bytes: 15 keys, the row of the first) and ROWS (int8); then heads, each: 32 f64
;; biases, 32 f64 scales, a matrix of 32 f32 an entry, and rows of 32 int8.
;; Assembled by `npm run build:wasm`.
(module
  (import "table" "memory" (memory 7))
  ;; 32 less the bits of a bucket; bytes in CODES of the longest piece.
  (import "table" "shift" (global $shift i32))
  (import "table" "longest" (global $longest i32))
  (import "table" "buckets" (global $buckets i32))
  (import "table" "rows" (global $rows i32))
  ;; Bytes of a row.
  (import "table" "stride" (global $stride i32))
  ;; Four of each: what a hash is multiplied with and begins with, the first codes within words and the tops of what stands alone. Read once
  ;; before a loop they stay in a register, which constants do not.
  (data (i32.const 0x60e80) "\b1\79\37\9e\b1\79\37\9e\b1\79\37\9e\b1\79\37\9e")
  (data (i32.const 0x60e90) "\72\f3\6e\3c\72\f3\6e\3c\72\f3\6e\3c\72\f3\6e\3c")
  (data (i32.const 0x60ea0) "\01\00\02\00\01\00\02\00\01\00\02\00\01\00\02\00")
  (data (i32.const 0x60eb0) "\00\80\00\80\00\80\00\80\00\80\00\80\00\80\00\80")
  ;; Where STARTS and RAW end.
  (global $starts (mut i32) (i32.const 0))
  (global $raw (mut i32) (i32.const 0))

  ;; From units at TEXT to where they end, with blanks behind them that close the last word and fill up 64. Of more than 1,024, the last
  ;; 512 are moved behind the first 512 and a blank.
  (func $cut (param $length i32) (result i32)
    (local $blanks v128)
    (if (i32.gt_u (local.get $length) (i32.const 1024))
      (then
        (memory.copy
          (i32.const 0x48402)
          (i32.add (i32.const 0x47c00) (i32.shl (local.get $length) (i32.const 1)))
          (i32.const 1024))
        (i32.store16 (i32.const 0x48400) (i32.const 32))
        (local.set $length (i32.const 1025))))
    (local.set $length (i32.add (i32.const 0x48000) (i32.shl (local.get $length) (i32.const 1))))
    (local.set $blanks (i16x8.splat (i32.const 32)))
    (v128.store (local.get $length) (local.get $blanks))
    (v128.store offset=16 (local.get $length) (local.get $blanks))
    (v128.store offset=32 (local.get $length) (local.get $blanks))
    (v128.store offset=48 (local.get $length) (local.get $blanks))
    (v128.store offset=64 (local.get $length) (local.get $blanks))
    (v128.store offset=80 (local.get $length) (local.get $blanks))
    (v128.store offset=96 (local.get $length) (local.get $blanks))
    (v128.store offset=112 (local.get $length) (local.get $blanks))
    (local.get $length))

  ;; Units up to $end -> CODES, STARTS and ENDS of words, of what stands alone too. Returns 0 if a unit is one thing to features and another
  ;; to pieces (a blank, within a word, alone): then `$walk` does it. 16 units at a time; a bit a unit of 64; no branch to mispredict.
  (func $scan (param $end i32) (result i32)
    (local $at i32) (local $code i32) (local $starts i32) (local $ends i32) (local $known i32) (local $count i32) (local $base i32)
    (local $start i32) (local $stop i32) (local $least i32)
    (local $inside i64) (local $alone i64) (local $insideBefore i64) (local $aloneBefore i64) (local $begin i64) (local $close i64)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $first v128) (local $tops v128)
    (local.set $first (v128.load (i32.const 0x60ea0)))
    (local.set $tops (v128.load (i32.const 0x60eb0)))
    (local.set $at (i32.const 0x48000))
    (local.set $starts (i32.const 0x56000))
    (local.set $ends (i32.const 0x58000))
    (local.set $known (i32.const 0xffff))
    (loop $blocks
      (local.set $base (i32.add (i32.const 0x54000) (local.get $code)))
      (loop $quarters
        (local.set $a (v128.load32_zero (i32.shl (i32.load16_u (local.get $at)) (i32.const 2))))
        (local.set $a
          (v128.load32_lane 1 (i32.shl (i32.load16_u offset=2 (local.get $at)) (i32.const 2)) (local.get $a)))
        (local.set $a
          (v128.load32_lane 2 (i32.shl (i32.load16_u offset=4 (local.get $at)) (i32.const 2)) (local.get $a)))
        (local.set $a
          (v128.load32_lane 3 (i32.shl (i32.load16_u offset=6 (local.get $at)) (i32.const 2)) (local.get $a)))
        (v128.store offset=0x54000 (local.get $code) (local.get $a))
        (local.set $b (v128.load32_zero (i32.shl (i32.load16_u offset=8 (local.get $at)) (i32.const 2))))
        (local.set $b
          (v128.load32_lane 1 (i32.shl (i32.load16_u offset=10 (local.get $at)) (i32.const 2)) (local.get $b)))
        (local.set $b
          (v128.load32_lane 2 (i32.shl (i32.load16_u offset=12 (local.get $at)) (i32.const 2)) (local.get $b)))
        (local.set $b
          (v128.load32_lane 3 (i32.shl (i32.load16_u offset=14 (local.get $at)) (i32.const 2)) (local.get $b)))
        (v128.store offset=0x54010 (local.get $code) (local.get $b))
        (local.set $c (v128.load32_zero (i32.shl (i32.load16_u offset=16 (local.get $at)) (i32.const 2))))
        (local.set $c
          (v128.load32_lane 1 (i32.shl (i32.load16_u offset=18 (local.get $at)) (i32.const 2)) (local.get $c)))
        (local.set $c
          (v128.load32_lane 2 (i32.shl (i32.load16_u offset=20 (local.get $at)) (i32.const 2)) (local.get $c)))
        (local.set $c
          (v128.load32_lane 3 (i32.shl (i32.load16_u offset=22 (local.get $at)) (i32.const 2)) (local.get $c)))
        (v128.store offset=0x54020 (local.get $code) (local.get $c))
        (local.set $d (v128.load32_zero (i32.shl (i32.load16_u offset=24 (local.get $at)) (i32.const 2))))
        (local.set $d
          (v128.load32_lane 1 (i32.shl (i32.load16_u offset=26 (local.get $at)) (i32.const 2)) (local.get $d)))
        (local.set $d
          (v128.load32_lane 2 (i32.shl (i32.load16_u offset=28 (local.get $at)) (i32.const 2)) (local.get $d)))
        (local.set $d
          (v128.load32_lane 3 (i32.shl (i32.load16_u offset=30 (local.get $at)) (i32.const 2)) (local.get $d)))
        (v128.store offset=0x54030 (local.get $code) (local.get $d))
        ;; Alone to both: both tops are set. A blank: 0.
        (local.set $count
          (i8x16.bitmask
              (i8x16.narrow_i16x8_s
                (i16x8.narrow_i32x4_s
                  (i32x4.eq (v128.and (local.get $a) (local.get $tops)) (local.get $tops))
                  (i32x4.eq (v128.and (local.get $b) (local.get $tops)) (local.get $tops)))
                (i16x8.narrow_i32x4_s
                  (i32x4.eq (v128.and (local.get $c) (local.get $tops)) (local.get $tops))
                  (i32x4.eq (v128.and (local.get $d) (local.get $tops)) (local.get $tops))))))
        (local.set $alone
          (i64.or
            (i64.shr_u (local.get $alone) (i64.const 16))
            (i64.shl (i64.extend_i32_u (local.get $count)) (i64.const 48))))
        (local.set $count
          (i32.or
            (local.get $count)
            (i8x16.bitmask
              (i8x16.narrow_i16x8_s
                (i16x8.narrow_i32x4_s
                  (i32x4.eq (local.get $a) (v128.const i32x4 0 0 0 0))
                  (i32x4.eq (local.get $b) (v128.const i32x4 0 0 0 0)))
                (i16x8.narrow_i32x4_s
                  (i32x4.eq (local.get $c) (v128.const i32x4 0 0 0 0))
                  (i32x4.eq (local.get $d) (v128.const i32x4 0 0 0 0)))))))
        ;; Within words to both: from 1 to 0x7fff to features, from 2 to 0x7fff to pieces.
        (local.set $a
          (i32x4.eq
            (v128.and (v128.or (local.get $a) (i32x4.sub (local.get $a) (local.get $first))) (local.get $tops))
            (v128.const i32x4 0 0 0 0)))
        (local.set $b
          (i32x4.eq
            (v128.and (v128.or (local.get $b) (i32x4.sub (local.get $b) (local.get $first))) (local.get $tops))
            (v128.const i32x4 0 0 0 0)))
        (local.set $c
          (i32x4.eq
            (v128.and (v128.or (local.get $c) (i32x4.sub (local.get $c) (local.get $first))) (local.get $tops))
            (v128.const i32x4 0 0 0 0)))
        (local.set $d
          (i32x4.eq
            (v128.and (v128.or (local.get $d) (i32x4.sub (local.get $d) (local.get $first))) (local.get $tops))
            (v128.const i32x4 0 0 0 0)))
        (local.set $inside
          (i64.or
            (i64.shr_u (local.get $inside) (i64.const 16))
            (i64.shl
              (i64.extend_i32_u
                (i8x16.bitmask
                  (i8x16.narrow_i16x8_s
                    (i16x8.narrow_i32x4_s (local.get $a) (local.get $b))
                    (i16x8.narrow_i32x4_s (local.get $c) (local.get $d)))))
              (i64.const 48))))
        (local.set $known
          (i32.and
            (local.get $known)
            (i32.or (local.get $count) (i32.wrap_i64 (i64.shr_u (local.get $inside) (i64.const 48))))))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (local.set $code (i32.add (local.get $code) (i32.const 64)))
        (br_if $quarters (i32.and (local.get $code) (i32.const 0xff))))
      (if (i32.ne (local.get $known) (i32.const 0xffff)) (then (return (i32.const 0))))
      (local.set $insideBefore (i64.or (i64.shl (local.get $inside) (i64.const 1)) (local.get $insideBefore)))
      (local.set $begin
        (i64.or (local.get $alone) (i64.and (local.get $inside) (i64.xor (local.get $insideBefore) (i64.const -1)))))
      (local.set $close
        (i64.or
          (i64.or (i64.shl (local.get $alone) (i64.const 1)) (local.get $aloneBefore))
          (i64.and (local.get $insideBefore) (i64.xor (local.get $inside) (i64.const -1)))))
      (local.set $insideBefore (i64.shr_u (local.get $inside) (i64.const 63)))
      (local.set $aloneBefore (i64.shr_u (local.get $alone) (i64.const 63)))
      ;; Always 16 of each, more where there are more.
      (local.set $start (local.get $starts))
      (local.set $stop (local.get $ends))
      (local.set $least (i32.add (local.get $starts) (i32.const 64)))
      (local.set $starts (i32.add (local.get $starts) (i32.shl (i32.wrap_i64 (i64.popcnt (local.get $begin))) (i32.const 2))))
      (local.set $ends (i32.add (local.get $ends) (i32.shl (i32.wrap_i64 (i64.popcnt (local.get $close))) (i32.const 2))))
      (loop $bits
        (i32.store (local.get $start)
          (i32.add (local.get $base) (i32.shl (i32.wrap_i64 (i64.ctz (local.get $begin))) (i32.const 2))))
        (local.set $begin (i64.and (local.get $begin) (i64.sub (local.get $begin) (i64.const 1))))
        (i32.store (local.get $stop)
          (i32.add (local.get $base) (i32.shl (i32.wrap_i64 (i64.ctz (local.get $close))) (i32.const 2))))
        (local.set $close (i64.and (local.get $close) (i64.sub (local.get $close) (i64.const 1))))
        (local.set $start (i32.add (local.get $start) (i32.const 4)))
        (local.set $stop (i32.add (local.get $stop) (i32.const 4)))
        (br_if $bits
          (i32.or
            (i32.lt_u (local.get $start) (local.get $least))
            (i64.ne (i64.or (local.get $begin) (local.get $close)) (i64.const 0)))))
      (br_if $blocks (i32.le_u (local.get $at) (local.get $end))))
    (global.set $starts (local.get $starts))
    (i32.const 1))

  ;; CODES, STARTS and ENDS -> RAW and KEYS. Two words at a time, four hashes in the lanes of one: each word's to features and to pieces.
  (func $hash
    (local $at i32) (local $starts i32) (local $one i32) (local $two i32) (local $oneEnd i32) (local $twoEnd i32)
    (local $raw i32) (local $length i32) (local $hash i32) (local $piece i32) (local $word i32)
    (local $previous i32)
    (local $h v128) (local $x v128) (local $y v128) (local $z v128) (local $golden v128) (local $seed v128)
    (local.set $golden (v128.load (i32.const 0x60e80)))
    (local.set $seed (v128.load (i32.const 0x60e90)))
    (local.set $starts (i32.const 0x56000))
    (local.set $raw (i32.const 0x4f000))
    ;; Behind an odd number of them, a word of one unit is read too, and what it gives is taken back: two raw hashes.
    (i32.store (global.get $starts) (i32.const 0x54000))
    (i32.store offset=0x2000 (global.get $starts) (i32.const 0x54004))
    (block $done
      (loop $pairs
        (br_if $done (i32.ge_u (local.get $starts) (global.get $starts)))
        (local.set $one (i32.load (local.get $starts)))
        (local.set $two (i32.load offset=4 (local.get $starts)))
        (local.set $oneEnd (i32.load offset=0x2000 (local.get $starts)))
        (local.set $twoEnd (i32.load offset=0x2004 (local.get $starts)))
        (local.set $h (local.get $seed))
        (local.set $x (v128.load (local.get $one)))
        (local.set $y (v128.load (local.get $two)))
        (local.set $z (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $x) (local.get $y)))
        (local.set $h (i32x4.mul (v128.xor (local.get $h) (i32x4.extend_low_i16x8_u (local.get $z))) (local.get $golden)))
        (v128.store offset=0x60a00 (i32.const 0) (local.get $h))
        (local.set $h (i32x4.mul (v128.xor (local.get $h) (i32x4.extend_high_i16x8_u (local.get $z))) (local.get $golden)))
        (v128.store offset=0x60a10 (i32.const 0) (local.get $h))
        (local.set $z (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $x) (local.get $y)))
        (local.set $h (i32x4.mul (v128.xor (local.get $h) (i32x4.extend_low_i16x8_u (local.get $z))) (local.get $golden)))
        (v128.store offset=0x60a20 (i32.const 0) (local.get $h))
        (local.set $h (i32x4.mul (v128.xor (local.get $h) (i32x4.extend_high_i16x8_u (local.get $z))) (local.get $golden)))
        (v128.store offset=0x60a30 (i32.const 0) (local.get $h))
        (local.set $x (v128.load offset=16 (local.get $one)))
        (local.set $y (v128.load offset=16 (local.get $two)))
        (local.set $z (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $x) (local.get $y)))
        (local.set $h (i32x4.mul (v128.xor (local.get $h) (i32x4.extend_low_i16x8_u (local.get $z))) (local.get $golden)))
        (v128.store offset=0x60a40 (i32.const 0) (local.get $h))
        (local.set $h (i32x4.mul (v128.xor (local.get $h) (i32x4.extend_high_i16x8_u (local.get $z))) (local.get $golden)))
        (v128.store offset=0x60a50 (i32.const 0) (local.get $h))
        (local.set $z (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $x) (local.get $y)))
        (local.set $h (i32x4.mul (v128.xor (local.get $h) (i32x4.extend_low_i16x8_u (local.get $z))) (local.get $golden)))
        (v128.store offset=0x60a60 (i32.const 0) (local.get $h))
        (local.set $h (i32x4.mul (v128.xor (local.get $h) (i32x4.extend_high_i16x8_u (local.get $z))) (local.get $golden)))
        (v128.store offset=0x60a70 (i32.const 0) (local.get $h))
        (local.set $length (i32.sub (local.get $oneEnd) (local.get $one)))
        (local.set $at
          (i32.shl
            (select (local.get $length) (i32.const 32) (i32.lt_u (local.get $length) (i32.const 32)))
            (i32.const 2)))
        (local.set $hash (i32.load offset=0x609f0 (local.get $at)))
        (local.set $piece (i32.load offset=0x609f4 (local.get $at)))
        (if (i32.gt_u (local.get $length) (i32.const 32))
          (then
            (local.set $at (i32.add (local.get $one) (i32.const 32)))
            (loop $longer
              (local.set $hash
                (i32.mul (i32.xor (local.get $hash) (i32.load16_u (local.get $at))) (i32.const 0x9e3779b1)))
              (local.set $piece
                (i32.mul (i32.xor (local.get $piece) (i32.load16_u offset=2 (local.get $at))) (i32.const 0x9e3779b1)))
              (local.set $at (i32.add (local.get $at) (i32.const 4)))
              (br_if $longer (i32.lt_u (local.get $at) (local.get $oneEnd))))))
        (local.set $word
          (i32.mul
            (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 15)))
            (i32.const 0x85ebca6b)))
        ;; What stands alone has its top set.
        (local.set $at (i32.load16_u (local.get $one)))
        (local.set $word
          (select
            (i32.mul (i32.xor (local.get $at) (i32.const 0x5bd1e995)) (i32.const 0x9e3779b1))
            (local.get $word)
            (i32.and (local.get $at) (i32.const 0x8000))))
        (i32.store (local.get $raw) (local.get $word))
        (i32.store offset=4 (local.get $raw)
          (i32.mul
            (i32.xor (local.get $previous) (i32.shr_u (local.get $word) (i32.const 3)))
            (i32.const 0xc2b2ae35)))
        (local.set $previous (local.get $word))
        ;; Prefixes are always written, and kept if the word is longer.
        (i32.store offset=8 (local.get $raw) (i32.xor (i32.load (i32.const 0x60a20)) (i32.const 0x165667b1)))
        (i32.store offset=12 (local.get $raw) (i32.xor (i32.load (i32.const 0x60a40)) (i32.const 0x165667b1)))
        (local.set $raw
          (i32.add
            (i32.add (local.get $raw) (i32.const 8))
            (i32.add
              (i32.shl (i32.gt_u (local.get $length) (i32.const 12)) (i32.const 2))
              (i32.shl (i32.gt_u (local.get $length) (i32.const 20)) (i32.const 2)))))
        (local.set $piece
          (i32.mul
            (i32.xor (local.get $piece) (i32.shr_u (local.get $piece) (i32.const 15)))
            (i32.const 0x85ebca6b)))
        (i32.store offset=0x4000 (local.get $starts) (local.get $piece))
        (local.set $length (i32.sub (local.get $twoEnd) (local.get $two)))
        (local.set $at
          (i32.shl
            (select (local.get $length) (i32.const 32) (i32.lt_u (local.get $length) (i32.const 32)))
            (i32.const 2)))
        (local.set $hash (i32.load offset=0x609f8 (local.get $at)))
        (local.set $piece (i32.load offset=0x609fc (local.get $at)))
        (if (i32.gt_u (local.get $length) (i32.const 32))
          (then
            (local.set $at (i32.add (local.get $two) (i32.const 32)))
            (loop $longer
              (local.set $hash
                (i32.mul (i32.xor (local.get $hash) (i32.load16_u (local.get $at))) (i32.const 0x9e3779b1)))
              (local.set $piece
                (i32.mul (i32.xor (local.get $piece) (i32.load16_u offset=2 (local.get $at))) (i32.const 0x9e3779b1)))
              (local.set $at (i32.add (local.get $at) (i32.const 4)))
              (br_if $longer (i32.lt_u (local.get $at) (local.get $twoEnd))))))
        (local.set $word
          (i32.mul
            (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 15)))
            (i32.const 0x85ebca6b)))
        ;; What stands alone has its top set.
        (local.set $at (i32.load16_u (local.get $two)))
        (local.set $word
          (select
            (i32.mul (i32.xor (local.get $at) (i32.const 0x5bd1e995)) (i32.const 0x9e3779b1))
            (local.get $word)
            (i32.and (local.get $at) (i32.const 0x8000))))
        (i32.store (local.get $raw) (local.get $word))
        (i32.store offset=4 (local.get $raw)
          (i32.mul
            (i32.xor (local.get $previous) (i32.shr_u (local.get $word) (i32.const 3)))
            (i32.const 0xc2b2ae35)))
        (local.set $previous (local.get $word))
        ;; Prefixes are always written, and kept if the word is longer.
        (i32.store offset=8 (local.get $raw) (i32.xor (i32.load (i32.const 0x60a28)) (i32.const 0x165667b1)))
        (i32.store offset=12 (local.get $raw) (i32.xor (i32.load (i32.const 0x60a48)) (i32.const 0x165667b1)))
        (local.set $raw
          (i32.add
            (i32.add (local.get $raw) (i32.const 8))
            (i32.add
              (i32.shl (i32.gt_u (local.get $length) (i32.const 12)) (i32.const 2))
              (i32.shl (i32.gt_u (local.get $length) (i32.const 20)) (i32.const 2)))))
        (local.set $piece
          (i32.mul
            (i32.xor (local.get $piece) (i32.shr_u (local.get $piece) (i32.const 15)))
            (i32.const 0x85ebca6b)))
        (i32.store offset=0x4004 (local.get $starts) (local.get $piece))
        (local.set $starts (i32.add (local.get $starts) (i32.const 8)))
        (br $pairs)))
    (if (i32.gt_u (local.get $starts) (global.get $starts))
      (then (local.set $raw (i32.sub (local.get $raw) (i32.const 8)))))
    (global.set $raw (local.get $raw)))

  ;; The same for any text, unit by unit: TEXT -> RAW, STARTS, ENDS, KEYS, and CODES without what is not there to pieces.
  (func $walk (param $end i32)
    (local $at i32) (local $both i32) (local $unit i32) (local $raw i32) (local $starts i32)
    ;; Of features: the word's hash so far, where in PREFIX its next goes; the word, the word before.
    (local $hash i32) (local $next i32) (local $word i32) (local $previous i32)
    ;; Of pieces: the word's hash so far, where in CODES its next goes and its first is.
    (local $piece i32) (local $last i32) (local $first i32)
    (local.set $at (i32.const 0x48000))
    (local.set $raw (i32.const 0x4f000))
    (local.set $starts (i32.const 0x56000))
    (local.set $hash (i32.const 0x3c6ef372))
    (local.set $next (i32.const 0x4d000))
    (local.set $piece (i32.const 0x3c6ef372))
    (local.set $last (i32.const 0x54000))
    (local.set $first (i32.const 0x54000))
    (loop $units
      (local.set $both (i32.load (i32.shl (i32.load16_u (local.get $at)) (i32.const 2))))
      (local.set $at (i32.add (local.get $at) (i32.const 2)))
      (block $border
        ;; Within words to both: from 1 to 0x7fff to features, from 2 to 0x7fff to pieces.
        (br_if $border
          (i32.and
            (i32.or (local.get $both) (i32.sub (local.get $both) (i32.const 0x20001)))
            (i32.const 0x80008000)))
        (local.set $hash
          (i32.mul
            (i32.xor (local.get $hash) (i32.and (local.get $both) (i32.const 0xffff)))
            (i32.const 0x9e3779b1)))
        (i32.store (local.get $next) (local.get $hash))
        (local.set $next (i32.add (local.get $next) (i32.const 4)))
        (i32.store (local.get $last) (local.get $both))
        (local.set $last (i32.add (local.get $last) (i32.const 4)))
        (local.set $both (i32.shr_u (local.get $both) (i32.const 16)))
        (local.set $piece (i32.mul (i32.xor (local.get $piece) (local.get $both)) (i32.const 0x9e3779b1)))
        (br $units))

      (local.set $unit (i32.and (local.get $both) (i32.const 0xffff)))
      (block $inside
        ;; To features 0 is a blank, from 0x8000 on stands what is a word of its own.
        (if (i32.lt_u (i32.sub (local.get $unit) (i32.const 1)) (i32.const 0x7fff))
          (then
            (local.set $hash (i32.mul (i32.xor (local.get $hash) (local.get $unit)) (i32.const 0x9e3779b1)))
            (i32.store (local.get $next) (local.get $hash))
            (local.set $next (i32.add (local.get $next) (i32.const 4)))
            (br $inside)))
        (if (i32.ne (local.get $next) (i32.const 0x4d000))
          (then
            (local.set $word
              (i32.mul
                (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 15)))
                (i32.const 0x85ebca6b)))
            (i32.store (local.get $raw) (local.get $word))
            (i32.store offset=4 (local.get $raw)
              (i32.mul
                (i32.xor (local.get $previous) (i32.shr_u (local.get $word) (i32.const 3)))
                (i32.const 0xc2b2ae35)))
            (local.set $previous (local.get $word))
            ;; Prefixes are always written, and kept if the word is longer: no branch to mispredict.
            (i32.store offset=8 (local.get $raw) (i32.xor (i32.load (i32.const 0x4d008)) (i32.const 0x165667b1)))
            (i32.store offset=12 (local.get $raw) (i32.xor (i32.load (i32.const 0x4d010)) (i32.const 0x165667b1)))
            (local.set $raw
              (i32.add
                (i32.add (local.get $raw) (i32.const 8))
                (i32.add
                  (i32.shl (i32.gt_u (local.get $next) (i32.const 0x4d00c)) (i32.const 2))
                  (i32.shl (i32.gt_u (local.get $next) (i32.const 0x4d014)) (i32.const 2)))))
            (local.set $hash (i32.const 0x3c6ef372))
            (local.set $next (i32.const 0x4d000))))
        (br_if $inside (i32.eqz (local.get $unit)))
        (local.set $word (i32.mul (i32.xor (local.get $unit) (i32.const 0x5bd1e995)) (i32.const 0x9e3779b1)))
        (i32.store (local.get $raw) (local.get $word))
        (i32.store offset=4 (local.get $raw)
          (i32.mul
            (i32.xor (local.get $previous) (i32.shr_u (local.get $word) (i32.const 3)))
            (i32.const 0xc2b2ae35)))
        (local.set $previous (local.get $word))
        (local.set $raw (i32.add (local.get $raw) (i32.const 8))))

      (local.set $unit (i32.shr_u (local.get $both) (i32.const 16)))
      (block $inside
        ;; To pieces 1 is not there.
        (br_if $inside (i32.eq (local.get $unit) (i32.const 1)))
        (if (i32.lt_u (i32.sub (local.get $unit) (i32.const 2)) (i32.const 0x7ffe))
          (then
            (local.set $piece (i32.mul (i32.xor (local.get $piece) (local.get $unit)) (i32.const 0x9e3779b1)))
            (i32.store (local.get $last) (local.get $both))
            (local.set $last (i32.add (local.get $last) (i32.const 4)))
            (br $inside)))
        (if (i32.ne (local.get $last) (local.get $first))
          (then
            (local.set $piece
              (i32.mul
                (i32.xor (local.get $piece) (i32.shr_u (local.get $piece) (i32.const 15)))
                (i32.const 0x85ebca6b)))
            (i32.store (local.get $starts) (local.get $first))
            (i32.store offset=0x2000 (local.get $starts) (local.get $last))
            (i32.store offset=0x4000 (local.get $starts) (local.get $piece))
            (local.set $starts (i32.add (local.get $starts) (i32.const 4)))
            (local.set $first (local.get $last))
            (local.set $piece (i32.const 0x3c6ef372))))
        (br_if $inside (i32.eqz (local.get $unit)))
        (local.set $word (i32.mul (i32.xor (local.get $unit) (i32.const 0x3c6ef372)) (i32.const 0x9e3779b1)))
        (i32.store (local.get $last) (local.get $both))
        (i32.store (local.get $starts) (local.get $last))
        (local.set $last (i32.add (local.get $last) (i32.const 4)))
        (i32.store offset=0x2000 (local.get $starts) (local.get $last))
        (i32.store offset=0x4000 (local.get $starts)
          (i32.mul
            (i32.xor (local.get $word) (i32.shr_u (local.get $word) (i32.const 15)))
            (i32.const 0x85ebca6b)))
        (local.set $starts (i32.add (local.get $starts) (i32.const 4)))
        (local.set $first (local.get $last)))
      (br_if $units (i32.le_u (local.get $at) (local.get $end))))
    (global.set $starts (local.get $starts))
    (global.set $raw (local.get $raw)))

  ;; RAW -> DISTINCT, whose end it returns. One that was seen before is overwritten by the next: no branch to mispredict.
  (func $distinct (result i32)
    (local $at i32) (local $end i32) (local $feature i32) (local $cell i32) (local $bits i32) (local $bit i32) (local $list i32)
    (local $hashes v128)
    ;; Hashes become features where they are, four at a time.
    (local.set $at (i32.const 0x4f000))
    (local.set $end (global.get $raw))
    (loop $four
      (local.set $hashes (v128.load (local.get $at)))
      (v128.store (local.get $at)
        (i32x4.shr_u
          (i32x4.mul
            (v128.xor (local.get $hashes) (i32x4.shr_u (local.get $hashes) (i32.const 15)))
            (v128.const i32x4 0x2c1b3c6d 0x2c1b3c6d 0x2c1b3c6d 0x2c1b3c6d))
          (i32.const 16)))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $four (i32.lt_u (local.get $at) (local.get $end))))
    (local.set $list (i32.const 0x52000))
    (local.set $at (i32.const 0x4f000))
    (block $done
      (loop $features
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $feature (i32.load (local.get $at)))
        (local.set $cell (i32.and (i32.shr_u (local.get $feature) (i32.const 3)) (i32.const 0x1ffc)))
        (local.set $bit (i32.shl (i32.const 1) (local.get $feature)))
        (local.set $bits (i32.load offset=0x4b000 (local.get $cell)))
        (i32.store offset=0x4b000 (local.get $cell) (i32.or (local.get $bits) (local.get $bit)))
        (i32.store16 (local.get $list) (local.get $feature))
        (local.set $list
          (i32.add
            (local.get $list)
            (i32.shl (i32.eqz (i32.and (local.get $bits) (local.get $bit))) (i32.const 1))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $features)))
    (local.get $list))

  ;; DISTINCT -> OWN; SEEN is cleared. Two neighbouring features share a row. 256 int8 fit into an i16 lane; then it goes over to i32.
  (func $addFeatures (param $list i32) (param $own i32)
    (local $at i32) (local $feature i32) (local $block i32)
    (local $b0 v128) (local $b1 v128) (local $b2 v128) (local $b3 v128)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (local $s4 v128) (local $s5 v128) (local $s6 v128) (local $s7 v128)
    (local.set $at (i32.const 0x52000))
    (block $summed
      (loop $blocks
        (br_if $summed (i32.ge_u (local.get $at) (local.get $list)))
        (local.set $block (i32.add (local.get $at) (i32.const 512)))
        (local.set $block
          (select (local.get $block) (local.get $list) (i32.lt_u (local.get $block) (local.get $list))))
        (local.set $b0 (v128.const i32x4 0 0 0 0))
        (local.set $b1 (v128.const i32x4 0 0 0 0))
        (local.set $b2 (v128.const i32x4 0 0 0 0))
        (local.set $b3 (v128.const i32x4 0 0 0 0))
        (loop $rows
          (local.set $feature (i32.load16_u (local.get $at)))
          (i32.store offset=0x4b000 (i32.shl (i32.shr_u (local.get $feature) (i32.const 5)) (i32.const 2)) (i32.const 0))
          (local.set $feature
            (i32.add (local.get $own) (i32.shl (i32.shr_u (local.get $feature) (i32.const 1)) (i32.const 5))))
          (local.set $b0 (i16x8.add (local.get $b0) (v128.load8x8_s (local.get $feature))))
          (local.set $b1 (i16x8.add (local.get $b1) (v128.load8x8_s offset=8 (local.get $feature))))
          (local.set $b2 (i16x8.add (local.get $b2) (v128.load8x8_s offset=16 (local.get $feature))))
          (local.set $b3 (i16x8.add (local.get $b3) (v128.load8x8_s offset=24 (local.get $feature))))
          (local.set $at (i32.add (local.get $at) (i32.const 2)))
          (br_if $rows (i32.lt_u (local.get $at) (local.get $block))))
        (local.set $s0 (i32x4.add (local.get $s0) (i32x4.extend_low_i16x8_s (local.get $b0))))
        (local.set $s1 (i32x4.add (local.get $s1) (i32x4.extend_high_i16x8_s (local.get $b0))))
        (local.set $s2 (i32x4.add (local.get $s2) (i32x4.extend_low_i16x8_s (local.get $b1))))
        (local.set $s3 (i32x4.add (local.get $s3) (i32x4.extend_high_i16x8_s (local.get $b1))))
        (local.set $s4 (i32x4.add (local.get $s4) (i32x4.extend_low_i16x8_s (local.get $b2))))
        (local.set $s5 (i32x4.add (local.get $s5) (i32x4.extend_high_i16x8_s (local.get $b2))))
        (local.set $s6 (i32x4.add (local.get $s6) (i32x4.extend_low_i16x8_s (local.get $b3))))
        (local.set $s7 (i32x4.add (local.get $s7) (i32x4.extend_high_i16x8_s (local.get $b3))))
        (br $blocks)))
    (v128.store (i32.const 0x60800) (local.get $s0))
    (v128.store (i32.const 0x60810) (local.get $s1))
    (v128.store (i32.const 0x60820) (local.get $s2))
    (v128.store (i32.const 0x60830) (local.get $s3))
    (v128.store (i32.const 0x60840) (local.get $s4))
    (v128.store (i32.const 0x60850) (local.get $s5))
    (v128.store (i32.const 0x60860) (local.get $s6))
    (v128.store (i32.const 0x60870) (local.get $s7)))

  ;; STARTS, ENDS and KEYS -> LIST, whose end it returns. Mostly a word is a piece, so its whole is tried before anything shorter.
  (func $find (result i32)
    (local $at i32) (local $list i32) (local $from i32) (local $next i32) (local $line i32) (local $found i32) (local $keys v128)
   
    (local.set $at (i32.const 0x56000))
    (local.set $list (i32.const 0x5e000))
    (block $done
      (loop $each
        (br_if $done (i32.ge_u (local.get $at) (global.get $starts)))
        (local.set $from (i32.load (local.get $at)))
        (local.set $next (i32.load offset=0x2000 (local.get $at)))
        (local.set $keys (v128.load32_splat offset=0x4000 (local.get $at)))
        (local.set $line
          (i32.add
            (global.get $buckets)
            (i32.shl (i32.shr_u (i32.load offset=0x4000 (local.get $at)) (global.get $shift)) (i32.const 6))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (local.set $found
          (i32.and
            (i8x16.bitmask
              (i8x16.narrow_i16x8_s
                (i16x8.narrow_i32x4_s
                  (i32x4.eq (local.get $keys) (v128.load (local.get $line)))
                  (i32x4.eq (local.get $keys) (v128.load offset=16 (local.get $line))))
                (i16x8.narrow_i32x4_s
                  (i32x4.eq (local.get $keys) (v128.load offset=32 (local.get $line)))
                  (i32x4.eq (local.get $keys) (v128.load offset=48 (local.get $line))))))
            (i32.const 0x7fff)))
        (if
          (i32.and
            (i32.ne (local.get $found) (i32.const 0))
            (i32.le_u (i32.sub (local.get $next) (local.get $from)) (global.get $longest)))
          (then
            (local.set $found
              (i32.add
                (global.get $rows)
                (i32.mul
                  (i32.add (i32.load offset=60 (local.get $line)) (i32.ctz (local.get $found)))
                  (global.get $stride))))
            (i32.store (local.get $list) (local.get $found))
            (local.set $list (i32.add (local.get $list) (i32.const 4))))
          (else (local.set $list (call $split (local.get $from) (local.get $next) (local.get $list)))))
        (br $each)))
    (local.get $list))

  ;; The pieces of a word that is none as a whole, in CODES from $from to $next, to LIST, whose end it returns: always the longest that
  ;; begins there.
  (func $split (param $from i32) (param $next i32) (param $list i32) (result i32)
    (local $last i32) (local $hash i32) (local $cursor i32) (local $found i32) (local $keys v128) (local $seed i32)
    (local.set $seed (i32.const 0x3c6ef372))
    (loop $pieces
      ;; As far as pieces go: none is longer than the longest, nor than two or the longest that begins with the same three.
      (local.set $last (i32.add (local.get $from) (global.get $longest)))
      (local.set $last (select (local.get $next) (local.get $last) (i32.lt_u (local.get $next) (local.get $last))))
      (local.set $hash (local.get $seed))
      (local.set $cursor (local.get $from))
      (loop $hashes
        (local.set $hash
          (i32.mul
            (i32.xor (local.get $hash) (i32.load16_u offset=2 (local.get $cursor)))
            (i32.const 0x9e3779b1)))
        (i32.store offset=0x60a80 (i32.sub (local.get $cursor) (local.get $from)) (local.get $hash))
        (local.set $cursor (i32.add (local.get $cursor) (i32.const 4)))
        (if (i32.eq (i32.sub (local.get $cursor) (local.get $from)) (i32.const 12))
          (then
            (local.set $found
              (i32.shl
                (i32.load8_u offset=0x40000
                  (i32.shr_u
                    (i32.mul
                      (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 15)))
                      (i32.const 0x85ebca6b))
                    (i32.const 17)))
                (i32.const 2)))
            (local.set $found
              (i32.add
                (local.get $from)
                (select (local.get $found) (i32.const 8) (i32.gt_u (local.get $found) (i32.const 8)))))
            (local.set $last
              (select (local.get $found) (local.get $last) (i32.lt_u (local.get $found) (local.get $last))))))
        (br_if $hashes (i32.lt_u (local.get $cursor) (local.get $last))))
      (block $taken
        (loop $shorter
          (local.set $hash (i32.load offset=0x60a7c (i32.sub (local.get $last) (local.get $from))))
          (local.set $hash
            (i32.mul
              (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 15)))
              (i32.const 0x85ebca6b)))
          (local.set $keys (i32x4.splat (local.get $hash)))
          (local.set $cursor
            (i32.add (global.get $buckets) (i32.shl (i32.shr_u (local.get $hash) (global.get $shift)) (i32.const 6))))
          (local.set $found
            (i32.and
              (i8x16.bitmask
                (i8x16.narrow_i16x8_s
                  (i16x8.narrow_i32x4_s
                    (i32x4.eq (local.get $keys) (v128.load (local.get $cursor)))
                    (i32x4.eq (local.get $keys) (v128.load offset=16 (local.get $cursor))))
                  (i16x8.narrow_i32x4_s
                    (i32x4.eq (local.get $keys) (v128.load offset=32 (local.get $cursor)))
                    (i32x4.eq (local.get $keys) (v128.load offset=48 (local.get $cursor))))))
              (i32.const 0x7fff)))
          (if (local.get $found)
            (then
              (i32.store (local.get $list)
                (i32.add
                  (global.get $rows)
                  (i32.mul
                    (i32.add (i32.load offset=60 (local.get $cursor)) (i32.ctz (local.get $found)))
                    (global.get $stride))))
              (local.set $list (i32.add (local.get $list) (i32.const 4)))
              (local.set $from (local.get $last))
              (br $taken)))
          (local.set $last (i32.sub (local.get $last) (i32.const 4)))
          (br_if $shorter (i32.gt_u (local.get $last) (local.get $from))))
        ;; Nothing begins here.
        (local.set $from (i32.add (local.get $from) (i32.const 4))))
      (local.set $seed (i32.const 0x5bd1e995))
      (br_if $pieces (i32.lt_u (local.get $from) (local.get $next))))
    (local.get $list))

  ;; LIST -> SUMS of so many columns, 64 at a time. 256 int8 fit into an i16 lane; then it goes over to i32.
  (func $addPieces (param $list i32) (param $columns i32)
    (local $at i32) (local $block i32) (local $column i32) (local $row i32) (local $sums i32)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (local $s4 v128) (local $s5 v128) (local $s6 v128) (local $s7 v128)
    (memory.fill (i32.const 0x60000) (i32.const 0) (i32.shl (local.get $columns) (i32.const 2)))
    (local.set $columns (i32.add (i32.const 0x60000) (i32.shl (local.get $columns) (i32.const 2))))
    (local.set $sums (i32.const 0x60000))
    (loop $parts
      (local.set $at (i32.const 0x5e000))
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
            (local.set $row (i32.add (i32.load (local.get $at)) (local.get $column)))
            (local.set $s0 (i16x8.add (local.get $s0) (v128.load8x8_s (local.get $row))))
            (local.set $s1 (i16x8.add (local.get $s1) (v128.load8x8_s offset=8 (local.get $row))))
            (local.set $s2 (i16x8.add (local.get $s2) (v128.load8x8_s offset=16 (local.get $row))))
            (local.set $s3 (i16x8.add (local.get $s3) (v128.load8x8_s offset=24 (local.get $row))))
            (local.set $s4 (i16x8.add (local.get $s4) (v128.load8x8_s offset=32 (local.get $row))))
            (local.set $s5 (i16x8.add (local.get $s5) (v128.load8x8_s offset=40 (local.get $row))))
            (local.set $s6 (i16x8.add (local.get $s6) (v128.load8x8_s offset=48 (local.get $row))))
            (local.set $s7 (i16x8.add (local.get $s7) (v128.load8x8_s offset=56 (local.get $row))))
            (local.set $at (i32.add (local.get $at) (i32.const 4)))
            (br_if $rows (i32.lt_u (local.get $at) (local.get $block))))
          (call $add (local.get $sums) (local.get $s0))
          (call $add (i32.add (local.get $sums) (i32.const 32)) (local.get $s1))
          (call $add (i32.add (local.get $sums) (i32.const 64)) (local.get $s2))
          (call $add (i32.add (local.get $sums) (i32.const 96)) (local.get $s3))
          (call $add (i32.add (local.get $sums) (i32.const 128)) (local.get $s4))
          (call $add (i32.add (local.get $sums) (i32.const 160)) (local.get $s5))
          (call $add (i32.add (local.get $sums) (i32.const 192)) (local.get $s6))
          (call $add (i32.add (local.get $sums) (i32.const 224)) (local.get $s7))
          (br $blocks)))
      (local.set $column (i32.add (local.get $column) (i32.const 64)))
      (local.set $sums (i32.add (local.get $sums) (i32.const 256)))
      (br_if $parts (i32.lt_u (local.get $sums) (local.get $columns)))))

  ;; Adds eight i16 to the i32 at $at.
  (func $add (param $at i32) (param $part v128)
    (v128.store (local.get $at)
      (i32x4.add (v128.load (local.get $at)) (i32x4.extend_low_i16x8_s (local.get $part))))
    (v128.store offset=16 (local.get $at)
      (i32x4.add (v128.load offset=16 (local.get $at)) (i32x4.extend_high_i16x8_s (local.get $part)))))

  ;; SUMS of $entries columns, OWN and heads at $heads -> LOGITS: every operation of `plain-heads.ts` in its order and precision.
  (func $logits (param $heads i32) (param $entries i32) (param $features i32)
    (local $at i32) (local $end i32) (local $row i32) (local $squares f64) (local $factor f64)
    (local $pair v128) (local $x v128) (local $value v128)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (local $s4 v128) (local $s5 v128) (local $s6 v128) (local $s7 v128)
    (local.set $end (i32.shl (local.get $entries) (i32.const 2)))
    ;; The length of the vector.
    (block $done
      (loop $entry
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $pair
          (f64x2.mul
            (f64x2.convert_low_i32x4_s (v128.load64_zero offset=0x60000 (local.get $at)))
            (f64x2.promote_low_f32x4 (v128.load64_zero offset=0x61000 (local.get $at)))))
        (local.set $pair (f64x2.mul (local.get $pair) (local.get $pair)))
        (local.set $squares (f64.add (local.get $squares) (f64x2.extract_lane 0 (local.get $pair))))
        (local.set $squares (f64.add (local.get $squares) (f64x2.extract_lane 1 (local.get $pair))))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $entry)))
    (if (f64.gt (local.get $squares) (f64.const 0))
      (then (local.set $factor (f64.div (f64.const 1) (f64.sqrt (local.get $squares))))))
    ;; The vector times the matrix, a column a lane.
    (local.set $row (i32.add (local.get $heads) (i32.const 0x200)))
    (local.set $at (i32.const 0))
    (block $done
      (loop $entry
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $x
          (f32x4.splat
            (f32.demote_f64
              (f64.mul
                (f64.promote_f32
                  (f32.demote_f64
                    (f64.mul
                      (f64.convert_i32_s (i32.load offset=0x60000 (local.get $at)))
                      (f64.promote_f32 (f32.load offset=0x61000 (local.get $at))))))
                (local.get $factor)))))
        (local.set $s0 (f32x4.add (local.get $s0) (f32x4.mul (local.get $x) (v128.load (local.get $row)))))
        (local.set $s1 (f32x4.add (local.get $s1) (f32x4.mul (local.get $x) (v128.load offset=16 (local.get $row)))))
        (local.set $s2 (f32x4.add (local.get $s2) (f32x4.mul (local.get $x) (v128.load offset=32 (local.get $row)))))
        (local.set $s3 (f32x4.add (local.get $s3) (f32x4.mul (local.get $x) (v128.load offset=48 (local.get $row)))))
        (local.set $s4 (f32x4.add (local.get $s4) (f32x4.mul (local.get $x) (v128.load offset=64 (local.get $row)))))
        (local.set $s5 (f32x4.add (local.get $s5) (f32x4.mul (local.get $x) (v128.load offset=80 (local.get $row)))))
        (local.set $s6 (f32x4.add (local.get $s6) (f32x4.mul (local.get $x) (v128.load offset=96 (local.get $row)))))
        (local.set $s7 (f32x4.add (local.get $s7) (f32x4.mul (local.get $x) (v128.load offset=112 (local.get $row)))))
        (local.set $row (i32.add (local.get $row) (i32.const 128)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $entry)))
    (v128.store (i32.const 0x60880) (local.get $s0))
    (v128.store (i32.const 0x60890) (local.get $s1))
    (v128.store (i32.const 0x608a0) (local.get $s2))
    (v128.store (i32.const 0x608b0) (local.get $s3))
    (v128.store (i32.const 0x608c0) (local.get $s4))
    (v128.store (i32.const 0x608d0) (local.get $s5))
    (v128.store (i32.const 0x608e0) (local.get $s6))
    (v128.store (i32.const 0x608f0) (local.get $s7))
    ;; bias + scale / sqrt(features) * sum + product.
    (if (local.get $features)
      (then
        (local.set $value
          (f64x2.splat (f64.div (f64.const 1) (f64.sqrt (f64.convert_i32_u (local.get $features))))))))
    (local.set $at (i32.const 0))
    (loop $columns
      (local.set $row (i32.add (local.get $heads) (i32.shl (local.get $at) (i32.const 1))))
      (v128.store offset=0x60900 (i32.shl (local.get $at) (i32.const 1))
        (f64x2.add
          (f64x2.add
            (v128.load (local.get $row))
            (f64x2.mul
              (f64x2.mul (v128.load offset=0x100 (local.get $row)) (local.get $value))
              (f64x2.convert_low_i32x4_s (v128.load64_zero offset=0x60800 (local.get $at)))))
          (f64x2.promote_low_f32x4 (v128.load64_zero offset=0x60880 (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $columns (i32.lt_u (local.get $at) (i32.const 128)))))

  ;; TEXT -> RAW, CODES, STARTS, ENDS and KEYS.
  (func $words (param $length i32)
    (local $end i32)
    (local.set $end (call $cut (local.get $length)))
    (if (call $scan (local.get $end))
      (then (call $hash))
      (else (call $walk (local.get $end)))))

  ;; Takes the number of code units at TEXT, where heads, and their rows, lie and how many entries of the vector they read; writes LOGITS,
  ;; returns the number of features.
  (func (export "read") (param $length i32) (param $heads i32) (param $own i32) (param $entries i32) (result i32)
    (local $features i32) (local $pieces i32)
    (call $words (local.get $length))
    (local.set $features (call $distinct))
    (local.set $pieces (call $find))
    (call $addFeatures (local.get $features) (local.get $own))
    (call $addPieces (local.get $pieces) (local.get $entries))
    (local.set $features (i32.shr_u (i32.sub (local.get $features) (i32.const 0x52000)) (i32.const 1)))
    (call $logits (local.get $heads) (local.get $entries) (local.get $features))
    (local.get $features))

  ;; Takes the number of code units at TEXT and how many columns are added up (a multiple of 64); writes so many SUMS, returns the number
  ;; of pieces.
  (func (export "sum") (param $length i32) (param $columns i32) (result i32)
    (local $pieces i32)
    (call $words (local.get $length))
    (local.set $pieces (call $find))
    (call $addPieces (local.get $pieces) (local.get $columns))
    (i32.shr_u (i32.sub (local.get $pieces) (i32.const 0x5e000)) (i32.const 2))))
