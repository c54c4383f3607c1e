//! Two multiples of points of secp256k1, added: public scalars and points in, a point out.
//!
//! For public numbers only: how long it takes depends on them. Beside `lincomb` of k256, which hides them, it makes three
//! quarters of the additions and no choice in constant time.

use alloc::vec::Vec;

use k256::elliptic_curve::bigint::U256;
use k256::elliptic_curve::ops::Reduce;
use k256::elliptic_curve::scalar::IsHigh;
use k256::{ProjectivePoint, Scalar};

/// Bits of a digit with its sign: odd digits of up to 15, at least four zeros between two of them.
const WIDTH: usize = 5;
/// The odd multiples up to 15.
const MULTIPLES: usize = 1 << (WIDTH - 2);
const LOW_BITS: u8 = (1 << WIDTH) - 1;
const HALF: i16 = 1 << (WIDTH - 1);

// A point times λ is its endomorphism, which costs one multiplication. With λ comes a short basis (a₁, b₁), (a₂, b₂) of the
// numbers a + b·λ that are 0 modulo the order n: −b₁ and b₂, and 2³⁸⁴·b₂/n and 2³⁸⁴·(−b₁)/n to the nearest number.
// Source: Gallant, Lambert, Vanstone, "Faster Point Multiplication on Elliptic Curves with Efficient Endomorphisms", §4.
const LAMBDA: &str = "5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72";
const MINUS_B1: u128 = 0xe443_7ed6_010e_8828_6f54_7fa9_0abf_e4c3;
const B2: u128 = 0x3086_d221_a7d4_6bcd_e86c_90e4_9284_eb15;
const B2_BY_ORDER: &str = "3086d221a7d46bcde86c90e49284eb153daa8a1471e8ca7fe893209a45dbb031";
const MINUS_B1_BY_ORDER: &str = "e4437ed6010e88286f547fa90abfe4c4221208ac9df506c61571b4ae8ac47f71";

/// Sum of these points times these scalars.
///
/// # Source
/// Hankerson, Menezes, Vanstone, "Guide to Elliptic Curve Cryptography", algorithms 3.51 (interleaving) and 3.74 (halves).
pub(super) fn sum(terms: &[(ProjectivePoint, Scalar); 2]) -> ProjectivePoint {
    let mut halves = Vec::new();
    for (point, scalar) in terms {
        let multiples = odd_multiples(point);
        let [first, second] = split(scalar);
        halves.push((digits(second), multiples.map(|multiple| multiple.endomorphism())));
        halves.push((digits(first), multiples));
    }
    let longest = halves.iter().map(|(digits, _)| digits.len()).max().unwrap_or(0);
    let mut sum = ProjectivePoint::IDENTITY;
    for place in (0..longest).rev() {
        sum = sum.double();
        for (digits, multiples) in &halves {
            let digit = digits.get(place).copied().unwrap_or(0);
            let multiple = &multiples[usize::from(digit.unsigned_abs() / 2)];
            match digit.signum() {
                1 => sum += multiple,
                -1 => sum -= multiple,
                _ => {}
            }
        }
    }
    sum
}

// 1, 3, 5 … times the point.
fn odd_multiples(point: &ProjectivePoint) -> [ProjectivePoint; MULTIPLES] {
    let twice = point.double();
    let mut multiples = [*point; MULTIPLES];
    for at in 1..MULTIPLES {
        multiples[at] = multiples[at - 1] + twice;
    }
    multiples
}

/// A number below 2¹²⁸ and whether it is negative.
type Half = (bool, u128);

// Two halves, the second of which is taken times λ.
fn split(scalar: &Scalar) -> [Half; 2] {
    let near = |by_order: &str| {
        let (_, high) = U256::from(scalar).mul_wide(&U256::from_be_hex(by_order));
        // 2³⁸⁴ is the middle of the upper half.
        let (number, rest) = high.split();
        Scalar::from(u128::from(number)) + Scalar::from(u128::from(rest) >> 127)
    };
    let second = near(B2_BY_ORDER) * Scalar::from(MINUS_B1) - near(MINUS_B1_BY_ORDER) * Scalar::from(B2);
    [signed(*scalar - second * lambda()), signed(second)]
}

fn lambda() -> Scalar {
    Scalar::reduce(U256::from_be_hex(LAMBDA))
}

fn signed(scalar: Scalar) -> Half {
    let is_negative = bool::from(scalar.is_high());
    let (_, size) = U256::from(if is_negative { -scalar } else { scalar }).split();
    (is_negative, size.into())
}

// The lowest first, each for one bit.
fn digits((is_negative, mut rest): Half) -> Vec<i16> {
    let mut digits = Vec::with_capacity(129);
    while rest != 0 {
        let mut digit = 0;
        if rest & 1 == 1 {
            let low = i16::from(rest.to_le_bytes()[0] & LOW_BITS);
            digit = if low > HALF { low - 2 * HALF } else { low };
            // A half is below 2¹²⁷·⁵, so there is room for the carry.
            rest = rest.wrapping_add_signed(-i128::from(digit));
        }
        digits.push(if is_negative { -digit } else { digit });
        rest >>= 1;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::keccak256;
    use alloc::vec;

    // Beside the edges of its size, of λ and of a digit: numbers that a hash draws.
    fn scalars() -> Vec<Scalar> {
        let one = Scalar::ONE;
        let mut all = vec![Scalar::ZERO, one, -one, lambda(), -lambda(), lambda() + one, Scalar::from(MINUS_B1)];
        all.extend([15_u64, 16, 17, 31, 32, 33].map(Scalar::from));
        all.extend([B2, B2 - 1, u128::MAX, 1 << 127].map(Scalar::from));
        all.extend((0..40_u8).map(|seed| Scalar::reduce(U256::from_be_slice(&keccak256(&[seed])))));
        all
    }

    #[test]
    fn halves_make_the_scalar_and_leave_room_for_a_carry() {
        let of = |(is_negative, size)| if is_negative { -Scalar::from(size) } else { Scalar::from(size) };
        for scalar in scalars() {
            let [first, second] = split(&scalar);
            assert_eq!(of(first) + of(second) * lambda(), scalar);
            assert!([first, second].iter().all(|(_, size)| *size < u128::MAX - 15), "{scalar:?}");
        }
    }

    #[test]
    fn digits_make_the_number_and_few_of_them_are_odd() {
        for scalar in scalars() {
            for half in split(&scalar) {
                let digits = digits(half);
                let value = digits.iter().rev().fold(Scalar::ZERO, |sum, digit| {
                    let size = Scalar::from(u64::from(digit.unsigned_abs()));
                    sum + sum + if *digit < 0 { -size } else { size }
                });
                assert_eq!(value, if half.0 { -Scalar::from(half.1) } else { Scalar::from(half.1) });
                assert!(digits.iter().all(|digit| *digit == 0 || digit % 2 != 0 && digit.unsigned_abs() < 16));
                assert!(digits.windows(WIDTH).all(|some| some.iter().filter(|digit| **digit != 0).count() < 2));
            }
        }
    }

    #[test]
    fn sums_are_those_of_k256() {
        let base = ProjectivePoint::GENERATOR;
        let scalars = scalars();
        for (a, b) in scalars.iter().zip(scalars.iter().cycle().skip(9)) {
            let point = base * Scalar::from(0x5eed_u64);
            assert_eq!(sum(&[(base, *a), (point, *b)]), base * a + point * b, "{a:?} {b:?}");
            // The same point twice, where additions become doublings and end at the identity.
            assert_eq!(sum(&[(base, *a), (base, *b)]), base * (*a + b));
            assert_eq!(sum(&[(base, *a), (base, -*a)]), ProjectivePoint::IDENTITY);
        }
    }
}
