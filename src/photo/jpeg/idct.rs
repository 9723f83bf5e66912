//! Inverse DCT: from coefficients to samples (ITU-T T.81, A.3.3). Blocks of 8 by 8 use the integer
//! method of libjpeg (`jidctint.c`, Loeffler, Ligtenberg and Moschytz). Smaller outputs use the
//! same method on fewer points, so that decoding shrinks the picture.

use std::num::Wrapping;

type Value = Wrapping<i32>;

/// Fractional bits of the factors, and of the values between the two passes.
const BITS: usize = 13;
const BETWEEN: usize = 2;

const fn factor(of_8192: i32) -> Value {
    Wrapping(of_8192)
}

/// The samples of a block with a side of 8, 4, 2 or 1 (`SIDE`), row by row. The coefficients are
/// dequantized and in natural order.
#[inline]
pub(super) fn samples<const SIDE: usize>(block: &[i32; 64]) -> [[u8; SIDE]; SIDE] {
    let (rows, _) = block.as_chunks::<8>();
    // The columns first. Each result is stored as a row.
    let mut columns = [[Wrapping(0); SIDE]; SIDE];
    for (x, column) in columns.iter_mut().enumerate() {
        let mut points = [Wrapping(0); SIDE];
        for (point, row) in points.iter_mut().zip(rows) {
            *point = Wrapping(row.get(x).copied().unwrap_or(0));
        }
        *column = pass(points, BITS - BETWEEN);
    }
    let mut out = [[0; SIDE]; SIDE];
    for (y, line) in out.iter_mut().enumerate() {
        let mut points = [Wrapping(0); SIDE];
        for (point, column) in points.iter_mut().zip(&columns) {
            *point = column.get(y).copied().unwrap_or_default();
        }
        let values = pass(points, BITS + BETWEEN + 3);
        for (sample, value) in line.iter_mut().zip(values) {
            *sample = (value.0 + 128).clamp(0, 255) as u8;
        }
    }
    out
}

/// The sample of a block of one colour.
pub(super) fn flat(first: i32) -> u8 {
    ((first.wrapping_add(4) >> 3) + 128).clamp(0, 255) as u8
}

#[inline(always)]
fn pass<const SIDE: usize>(points: [Value; SIDE], shift: usize) -> [Value; SIDE] {
    let mut out = [Wrapping(0); SIDE];
    let half = Wrapping(1 << (shift - 1));
    let mut put = |values: &[Value]| {
        out.iter_mut()
            .zip(values)
            .for_each(|(to, value)| *to = (*value + half) >> shift)
    };
    match points.as_slice() {
        [s0, s1, s2, s3, s4, s5, s6, s7] => put(&eight([*s0, *s1, *s2, *s3, *s4, *s5, *s6, *s7])),
        [s0, s1, s2, s3] => put(&four([*s0, *s1, *s2, *s3])),
        [s0, s1] => put(&[(*s0 + *s1) << BITS, (*s0 - *s1) << BITS]),
        [s0] => put(&[*s0 << BITS]),
        _ => {}
    }
    out
}

#[inline(always)]
fn eight([s0, s1, s2, s3, s4, s5, s6, s7]: [Value; 8]) -> [Value; 8] {
    let turn = (s2 + s6) * factor(4_433);
    let (low, high) = (turn - s6 * factor(15_137), turn + s2 * factor(6_270));
    let (sum, difference) = ((s0 + s4) << BITS, (s0 - s4) << BITS);
    let (e0, e3, e1, e2) = (sum + high, sum - high, difference + low, difference - low);

    let turn = (s7 + s3 + s5 + s1) * factor(9_633);
    let (z1, z2) = ((s7 + s1) * factor(-7_373), (s5 + s3) * factor(-20_995));
    let (z3, z4) = (
        (s7 + s3) * factor(-16_069) + turn,
        (s5 + s1) * factor(-3_196) + turn,
    );
    let o3 = s7 * factor(2_446) + z1 + z3;
    let o2 = s5 * factor(16_819) + z2 + z4;
    let o1 = s3 * factor(25_172) + z2 + z3;
    let o0 = s1 * factor(12_299) + z1 + z4;
    [
        e0 + o0,
        e1 + o1,
        e2 + o2,
        e3 + o3,
        e3 - o3,
        e2 - o2,
        e1 - o1,
        e0 - o0,
    ]
}

#[inline(always)]
fn four([s0, s1, s2, s3]: [Value; 4]) -> [Value; 4] {
    let (sum, difference) = ((s0 + s2) << BITS, (s0 - s2) << BITS);
    let turn = (s1 + s3) * factor(4_433);
    let (o0, o1) = (turn + s1 * factor(6_270), turn - s3 * factor(15_137));
    [sum + o0, difference + o1, difference - o1, sum - o0]
}
