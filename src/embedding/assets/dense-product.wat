;; A dense vector times a matrix of 32 columns: `dense-product.ts` with 128-bit lanes, a column a lane, so that every column is added up
;; in the same order. `wasm-product.ts` fills the memory, whose map is, in f32:
;;   0x0000 MATRIX  32 a row, one row an entry, at most 256 of them     0x8000 VECTOR  at most 256     0x9000 PRODUCT  32
;; Assembled by `npm run build:wasm`.
(module
  (memory (export "memory") 1)

  ;; Takes the number of entries at VECTOR, writes PRODUCT.
  (func (export "multiply") (param $entries i32)
    (local $row i32) (local $at i32) (local $end i32) (local $x v128)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (local $s4 v128) (local $s5 v128) (local $s6 v128) (local $s7 v128)
    (local.set $end (i32.shl (local.get $entries) (i32.const 2)))
    (block $done
      (loop $rows
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $x (v128.load32_splat offset=0x8000 (local.get $at)))
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
        (br $rows)))
    (v128.store (i32.const 0x9000) (local.get $s0))
    (v128.store (i32.const 0x9010) (local.get $s1))
    (v128.store (i32.const 0x9020) (local.get $s2))
    (v128.store (i32.const 0x9030) (local.get $s3))
    (v128.store (i32.const 0x9040) (local.get $s4))
    (v128.store (i32.const 0x9050) (local.get $s5))
    (v128.store (i32.const 0x9060) (local.get $s6))
    (v128.store (i32.const 0x9070) (local.get $s7))))
