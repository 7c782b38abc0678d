//! The median of a few numbers.
//!
//! Not a moving one; the numbers are all there.
//! Invariant: of an even count the lower one in the middle, so that it is one of the numbers.

/// The median, which changes the order; `None` if there are no numbers.
pub(super) fn lower_median(numbers: &mut [f64]) -> Option<f64> {
    let middle = numbers.len().checked_sub(1)? / 2;
    Some(*numbers.select_nth_unstable_by(middle, f64::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_it_is_the_lower_one() {
        let median = |mut numbers: Vec<f64>| lower_median(&mut numbers);
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0]), Some(3.0));
        assert_eq!(median(vec![9.0, 3.0]), Some(3.0));
        assert_eq!(median(vec![9.0, -1.0, 3.0]), Some(3.0));
        assert_eq!(median(vec![9.0, 1.0, 5.0, 3.0]), Some(3.0));
    }
}
