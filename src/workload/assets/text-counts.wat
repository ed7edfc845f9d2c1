;; What `text-counts.ts` counts of a text, 16 units at a time: `plain-counter.ts` with 128-bit lanes, a bit a unit.
;; `wasm-counter.ts` writes the text into the memory, whose map is:
;;   0x0000 COUNTS  i32: letters, words, digits, numbers, marks, mark runs, breaks, near, far, quotes
;;   0x0040         what is compared with, in all lanes of 16 bytes: from memory they cost an instruction less each time
;;   0x0100 TEXT    code units
;; Assembled by `npm run build:wasm`.
(module
  (memory (export "memory") 1)
  (data (i32.const 0x40) "\ff\00\ff\00\ff\00\ff\00\ff\00\ff\00\ff\00\ff\00")
  (data (i32.const 0x50) "\20\20\20\20\20\20\20\20\20\20\20\20\20\20\20\20")
  (data (i32.const 0x60) "\61\61\61\61\61\61\61\61\61\61\61\61\61\61\61\61")
  (data (i32.const 0x70) "\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a")
  (data (i32.const 0x80) "\30\30\30\30\30\30\30\30\30\30\30\30\30\30\30\30")
  (data (i32.const 0x90) "\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a")
  (data (i32.const 0xa0) "\7f\7f\7f\7f\7f\7f\7f\7f\7f\7f\7f\7f\7f\7f\7f\7f")
  (data (i32.const 0xb0) "\22\22\22\22\22\22\22\22\22\22\22\22\22\22\22\22")
  (data (i32.const 0xc0) "\5c\5c\5c\5c\5c\5c\5c\5c\5c\5c\5c\5c\5c\5c\5c\5c")

  ;; Adds what stands in TEXT from one unit to another, as if a line began there.
  (func (export "add") (param $at i32) (param $end i32)
    (local $left i32) (local $lanes i32)
    ;; A bit a unit: those that are one, those whose lower bit of case is set, those above ASCII.
    (local $letter i32) (local $lower i32) (local $digit i32) (local $mark i32) (local $break i32) (local $quote i32) (local $other i32)
    ;; The bits of the units before: the last of 16 is the first's.
    (local $letterBefore i32) (local $lowerBefore i32) (local $digitBefore i32) (local $markBefore i32)
    (local $letters i32) (local $words i32) (local $digits i32) (local $numbers i32) (local $marks i32) (local $runs i32)
    (local $breaks i32) (local $nears i32) (local $fars i32) (local $quotes i32)
    (local $units v128) (local $first v128) (local $second v128)
    (local.set $left (i32.sub (local.get $end) (local.get $at)))
    (local.set $at (i32.shl (local.get $at) (i32.const 1)))
    (block $done
      (loop $sixteen
        (br_if $done (i32.le_s (local.get $left) (i32.const 0)))
        (local.set $lanes
          (select
            (i32.const 0xffff)
            (i32.sub (i32.shl (i32.const 1) (local.get $left)) (i32.const 1))
            (i32.ge_s (local.get $left) (i32.const 16))))
        (local.set $first (v128.load offset=0x100 (local.get $at)))
        (local.set $second (v128.load offset=0x110 (local.get $at)))
        ;; Bytes: of what is above them, the highest.
        (local.set $units
          (i8x16.narrow_i16x8_u
            (i16x8.min_u (local.get $first) (v128.load (i32.const 0x40)))
            (i16x8.min_u (local.get $second) (v128.load (i32.const 0x40)))))
        (local.set $other (i32.and (local.get $lanes) (i8x16.bitmask (local.get $units))))
        (local.set $letter
          (i32.and
            (local.get $lanes)
            (i8x16.bitmask
              (i8x16.lt_u
                (i8x16.sub
                  (v128.or (local.get $units) (v128.load (i32.const 0x50)))
                  (v128.load (i32.const 0x60)))
                (v128.load (i32.const 0x70))))))
        (local.set $lower
          (i32.and (local.get $letter) (i8x16.bitmask (i16x8.shl (local.get $units) (i32.const 2)))))
        (local.set $digit
          (i32.and
            (local.get $lanes)
            (i8x16.bitmask
              (i8x16.lt_u (i8x16.sub (local.get $units) (v128.load (i32.const 0x80))) (v128.load (i32.const 0x90))))))
        (local.set $break
          (i32.and
            (local.get $lanes)
            (i8x16.bitmask
              (v128.or
                (i8x16.lt_u (local.get $units) (v128.load (i32.const 0x50)))
                (i8x16.eq (local.get $units) (v128.load (i32.const 0xa0)))))))
        (local.set $quote
          (i32.and
            (local.get $lanes)
            (i8x16.bitmask
              (v128.or
                (i8x16.eq (local.get $units) (v128.load (i32.const 0xb0)))
                (i8x16.eq (local.get $units) (v128.load (i32.const 0xc0)))))))
        ;; Whatever else is visible is a mark.
        (local.set $mark
          (i32.and
            (local.get $lanes)
            (i32.xor
              (i32.or
                (i32.or (i32.or (local.get $letter) (local.get $digit)) (i32.or (local.get $break) (local.get $other)))
                (i8x16.bitmask (i8x16.eq (local.get $units) (v128.load (i32.const 0x50)))))
              (i32.const -1))))

        ;; A word begins behind what is no letter, and with a capital behind a small one.
        (local.set $letterBefore (i32.or (i32.shl (local.get $letter) (i32.const 1)) (local.get $letterBefore)))
        (local.set $lowerBefore (i32.or (i32.shl (local.get $lower) (i32.const 1)) (local.get $lowerBefore)))
        (local.set $words
          (i32.add
            (local.get $words)
            (i32.popcnt
              (i32.and
                (local.get $letter)
                (i32.or
                  (i32.xor (local.get $letterBefore) (i32.const -1))
                  (i32.and (local.get $lowerBefore) (i32.xor (local.get $lower) (i32.const -1))))))))
        (local.set $digitBefore (i32.or (i32.shl (local.get $digit) (i32.const 1)) (local.get $digitBefore)))
        (local.set $numbers
          (i32.add
            (local.get $numbers)
            (i32.popcnt (i32.and (local.get $digit) (i32.xor (local.get $digitBefore) (i32.const -1))))))
        (local.set $markBefore (i32.or (i32.shl (local.get $mark) (i32.const 1)) (local.get $markBefore)))
        (local.set $runs
          (i32.add
            (local.get $runs)
            (i32.popcnt (i32.and (local.get $mark) (i32.xor (local.get $markBefore) (i32.const -1))))))
        (local.set $letters (i32.add (local.get $letters) (i32.popcnt (local.get $letter))))
        (local.set $digits (i32.add (local.get $digits) (i32.popcnt (local.get $digit))))
        (local.set $marks (i32.add (local.get $marks) (i32.popcnt (local.get $mark))))
        (local.set $breaks (i32.add (local.get $breaks) (i32.popcnt (local.get $break))))
        (local.set $quotes (i32.add (local.get $quotes) (i32.popcnt (local.get $quote))))
        (if (local.get $other)
          (then
            (local.set $nears (i32.add (local.get $nears) (i32.popcnt (local.get $other))))
            (local.set $other
              (i32.popcnt
                (i32.and
                  (local.get $lanes)
                  (i8x16.bitmask
                    (i8x16.narrow_i16x8_s
                      (i16x8.ge_u (local.get $first) (i16x8.splat (i32.const 0x800)))
                      (i16x8.ge_u (local.get $second) (i16x8.splat (i32.const 0x800))))))))
            (local.set $nears (i32.sub (local.get $nears) (local.get $other)))
            (local.set $fars (i32.add (local.get $fars) (local.get $other)))))
        (local.set $letterBefore (i32.and (i32.shr_u (local.get $letterBefore) (i32.const 16)) (i32.const 1)))
        (local.set $lowerBefore (i32.and (i32.shr_u (local.get $lowerBefore) (i32.const 16)) (i32.const 1)))
        (local.set $digitBefore (i32.and (i32.shr_u (local.get $digitBefore) (i32.const 16)) (i32.const 1)))
        (local.set $markBefore (i32.and (i32.shr_u (local.get $markBefore) (i32.const 16)) (i32.const 1)))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (local.set $left (i32.sub (local.get $left) (i32.const 16)))
        (br $sixteen)))
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (local.get $letters)))
    (i32.store (i32.const 4) (i32.add (i32.load (i32.const 4)) (local.get $words)))
    (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (local.get $digits)))
    (i32.store (i32.const 12) (i32.add (i32.load (i32.const 12)) (local.get $numbers)))
    (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (local.get $marks)))
    (i32.store (i32.const 20) (i32.add (i32.load (i32.const 20)) (local.get $runs)))
    (i32.store (i32.const 24) (i32.add (i32.load (i32.const 24)) (local.get $breaks)))
    (i32.store (i32.const 28) (i32.add (i32.load (i32.const 28)) (local.get $nears)))
    (i32.store (i32.const 32) (i32.add (i32.load (i32.const 32)) (local.get $fars)))
    (i32.store (i32.const 36) (i32.add (i32.load (i32.const 36)) (local.get $quotes)))))
