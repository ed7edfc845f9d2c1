;; The features of a text and the sums of their weight rows in one call: `plain-sums.ts` with 128-bit lanes.
;; `wasm-sums.ts` fills the memory, whose map is:
;;   0x000000 ROWS   32,768 rows of 32 int8 weights      0x122040 SUMS   32 i32
;;   0x100000 UNITS  what each UTF-16 code unit is       0x123000 TEXT   code units
;;   0x120000 SEEN   one bit a feature, 0 between calls  0x124000 RAW    hashes, one i32 each
;;   0x129000 WORD   i32 hash after each of its units    0x127000 LIST   distinct features, one u16 each
;; Assembled by `npm run build:wasm`.
(module
  (memory (export "memory") 19)

  ;; Takes the number of code units at TEXT, writes SUMS, returns the number of distinct features.
  (func (export "sum") (param $length i32) (result i32)
    (local $at i32) (local $end i32) (local $unit i32) (local $raw i32)
    ;; The word so far: its hash, and where in WORD its next hash goes; then the word before it.
    (local $hash i32) (local $next i32) (local $word i32) (local $previous i32)
    (local $list i32) (local $feature i32) (local $cell i32) (local $bits i32) (local $bit i32) (local $block i32)
    ;; Eight columns each: i16 lanes of a block; then four columns each: their i32 sums.
    (local $b0 v128) (local $b1 v128) (local $b2 v128) (local $b3 v128)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (local $s4 v128) (local $s5 v128) (local $s6 v128) (local $s7 v128)

    ;; First, units -> words -> raw hashes. A blank behind the text closes the last word.
    (local.set $at (i32.const 0x123000))
    (local.set $end (i32.add (i32.const 0x123000) (i32.shl (local.get $length) (i32.const 1))))
    (i32.store16 (local.get $end) (i32.const 32))
    (local.set $raw (i32.const 0x124000))
    (local.set $hash (i32.const 0x3c6ef372))
    (local.set $next (i32.const 0x129000))
    (loop $units
      (local.set $unit (i32.load16_u offset=0x100000 (i32.shl (i32.load16_u (local.get $at)) (i32.const 1))))
      (local.set $at (i32.add (local.get $at) (i32.const 2)))
      (block $border
        ;; 0 is a blank, from 0x8000 on stands what is a word of its own.
        (br_if $border (i32.ge_u (i32.sub (local.get $unit) (i32.const 1)) (i32.const 0x7fff)))
        (local.set $hash (i32.mul (i32.xor (local.get $hash) (local.get $unit)) (i32.const 0x9e3779b1)))
        ;; The hash of a prefix is a step of the word's.
        (i32.store (local.get $next) (local.get $hash))
        (local.set $next (i32.add (local.get $next) (i32.const 4)))
        (br $units))
      (if (i32.ne (local.get $next) (i32.const 0x129000))
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
          (i32.store offset=8 (local.get $raw) (i32.xor (i32.load (i32.const 0x129008)) (i32.const 0x165667b1)))
          (i32.store offset=12 (local.get $raw) (i32.xor (i32.load (i32.const 0x129010)) (i32.const 0x165667b1)))
          (local.set $raw
            (i32.add
              (i32.add (local.get $raw) (i32.const 8))
              (i32.add
                (i32.shl (i32.gt_u (local.get $next) (i32.const 0x12900c)) (i32.const 2))
                (i32.shl (i32.gt_u (local.get $next) (i32.const 0x129014)) (i32.const 2)))))
          (local.set $hash (i32.const 0x3c6ef372))
          (local.set $next (i32.const 0x129000))))
      (if (local.get $unit)
        (then
          (local.set $word (i32.mul (i32.xor (local.get $unit) (i32.const 0x5bd1e995)) (i32.const 0x9e3779b1)))
          (i32.store (local.get $raw) (local.get $word))
          (i32.store offset=4 (local.get $raw)
            (i32.mul
              (i32.xor (local.get $previous) (i32.shr_u (local.get $word) (i32.const 3)))
              (i32.const 0xc2b2ae35)))
          (local.set $previous (local.get $word))
          (local.set $raw (i32.add (local.get $raw) (i32.const 8)))))
      (br_if $units (i32.le_u (local.get $at) (local.get $end))))

    ;; Second, raw hashes -> distinct features. One that was seen before is overwritten by the next: no branch here either.
    (local.set $list (i32.const 0x127000))
    (local.set $at (i32.const 0x124000))
    (if (i32.lt_u (local.get $at) (local.get $raw))
      (then
        (loop $hashes
          (local.set $hash (i32.load (local.get $at)))
          (local.set $feature
            (i32.shr_u
              (i32.mul
                (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 15)))
                (i32.const 0x2c1b3c6d))
              (i32.const 16)))
          (local.set $cell (i32.shl (i32.shr_u (local.get $feature) (i32.const 5)) (i32.const 2)))
          (local.set $bits (i32.load offset=0x120000 (local.get $cell)))
          (i32.store offset=0x120000 (local.get $cell)
            (i32.or (local.get $bits) (i32.shl (i32.const 1) (local.get $feature))))
          (i32.store16 (local.get $list) (local.get $feature))
          (local.set $list
            (i32.add
              (local.get $list)
              (i32.shl
                (i32.xor
                  (i32.and (i32.shr_u (local.get $bits) (local.get $feature)) (i32.const 1))
                  (i32.const 1))
                (i32.const 1))))
          (local.set $at (i32.add (local.get $at) (i32.const 4)))
          (br_if $hashes (i32.lt_u (local.get $at) (local.get $raw))))))

    ;; Third, distinct features -> sums, and SEEN is cleared. Two neighbouring features share a row (of 32 bytes). 256 int8 fit into
    ;; an i16 lane; then it goes over to i32.
    (local.set $at (i32.const 0x127000))
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
          (i32.store offset=0x120000 (i32.shl (i32.shr_u (local.get $feature) (i32.const 5)) (i32.const 2)) (i32.const 0))
          (local.set $feature (i32.shl (i32.shr_u (local.get $feature) (i32.const 1)) (i32.const 5)))
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
    (v128.store (i32.const 0x122040) (local.get $s0))
    (v128.store (i32.const 0x122050) (local.get $s1))
    (v128.store (i32.const 0x122060) (local.get $s2))
    (v128.store (i32.const 0x122070) (local.get $s3))
    (v128.store (i32.const 0x122080) (local.get $s4))
    (v128.store (i32.const 0x122090) (local.get $s5))
    (v128.store (i32.const 0x1220a0) (local.get $s6))
    (v128.store (i32.const 0x1220b0) (local.get $s7))
    (i32.shr_u (i32.sub (local.get $list) (i32.const 0x127000)) (i32.const 1))))
