//! Whether numbers rise or fall over time, and how fast: Mann and Kendall's test, Theil and Sen's slope.
//!
//! Not what rises. Both go by pairs, so that one wild value changes little, as it would not for a fitted line.
//! Invariant: at most [`POINTS_MAX`] points, so that all pairs are few.

/// How many points are looked at.
pub(super) const POINTS_MAX: usize = 16;
const PAIRS_MAX: usize = POINTS_MAX * (POINTS_MAX - 1) / 2;

/// A value at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Point {
    /// Seconds since any origin.
    pub(super) at: f32,
    pub(super) value: f32,
}

/// What a few values say about where they go.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trend {
    /// How many there are.
    pub(super) count: usize,
    /// Seconds from the first to the last.
    pub(super) span: f64,
    /// See [`z`].
    pub(super) z: f64,
    /// See [`slope`].
    pub(super) slope: Option<f64>,
}

#[cfg(test)]
impl Trend {
    /// That of points in order of time, each pair looked at.
    pub(super) fn of(points: &[Point]) -> Self {
        let rises_at =
            |(place, point): (usize, &Point)| rises(points.iter().take(place).map(|it| it.value), point.value);
        let span = points.first().zip(points.last()).map_or(0.0, |(first, last)| last.at - first.at);
        Self {
            count: points.len(),
            span: f64::from(span),
            z: z(points.iter().enumerate().map(rises_at).sum(), points.len()),
            slope: slope(points).map(f64::from),
        }
    }
}

/// Mann and Kendall's count of one value with those before it: how many of them it is above, less those it is below.
pub(super) fn rises(before: impl Iterator<Item = f32>, value: f32) -> i32 {
    before.map(|before| i32::from(value > before) - i32::from(value < before)).sum()
}

/// Mann and Kendall's z: how many standard deviations the count of rising pairs over falling ones is away from that of
/// `count` numbers without order. Above 0 they rise.
pub(super) fn z(score: i32, count: usize) -> f64 {
    let count = u32::try_from(count).map_or(0.0, f64::from);
    let variance = count * (count - 1.0) * (2.0 * count + 5.0) / 18.0;
    if score == 0 || variance <= 0.0 {
        return 0.0;
    }
    // The count moves in steps, the normal distribution does not: one step towards 0.
    f64::from(score - score.signum()) / variance.sqrt()
}

/// Theil and Sen's slope: the median of the slopes of all pairs, in units of the value per second. Points come in order of
/// time; of more than [`POINTS_MAX`] the first count.
pub(super) fn slope(points: &[Point]) -> Option<f32> {
    let mut slopes = [0.0_f32; PAIRS_MAX];
    let mut count = 0;
    let points = points.get(..POINTS_MAX).unwrap_or(points);
    let pairs = (1..).zip(points).flat_map(|(next, left)| points.iter().skip(next).map(move |right| (left, right)));
    for (place, (left, right)) in slopes.iter_mut().zip(pairs.filter(|(left, right)| right.at > left.at)) {
        *place = (right.value - left.value) / (right.at - left.at);
        count += 1;
    }
    let slopes = slopes.get_mut(..count).filter(|slopes| !slopes.is_empty())?;
    let (_, median, _) = slopes.select_nth_unstable_by(count / 2, f32::total_cmp);
    Some(*median).filter(|slope| slope.is_finite())
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "what has no trend has exactly none")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn points(values: &[f32]) -> Vec<Point> {
        (0_u8..).zip(values).map(|(number, value)| Point { at: f32::from(number) * 10.0, value: *value }).collect()
    }

    /// The z of values that come one after the other.
    fn z_of(values: &[f32]) -> f64 {
        Trend::of(&points(values)).z
    }

    #[test]
    fn the_published_values_come_out() {
        // Ten values that only rise: S = 45, variance 125, z = 44 / 11.18.
        let rising: Vec<f32> = (0..10_u8).map(f32::from).collect();
        assert!((z_of(&rising) - 3.935).abs() < 0.001);
        assert_eq!(slope(&points(&rising)).map(|slope| (slope * 1e6).round()), Some(1e5));
        let falling: Vec<f32> = rising.iter().rev().copied().collect();
        assert!((z_of(&falling) + 3.935).abs() < 0.001);
        assert_eq!(z_of(&[5.0; 10]), 0.0);
        // One of six pairs falls: S = 4, variance 8.667.
        assert!((z_of(&[1.0, 3.0, 2.0, 4.0]) - 3.0 / 8.667_f64.sqrt()).abs() < 0.001);
    }

    #[test]
    fn one_wild_value_moves_the_slope_little() {
        let mut values: Vec<f32> = (0..15_u8).map(f32::from).collect();
        values[7] = 1e6;
        let slope = slope(&points(&values)).expect("there are points");
        assert!((slope - 0.1).abs() < 0.02, "{slope}");
    }

    #[test]
    fn few_points_tell_nothing() {
        for count in 0..2 {
            assert_eq!(z_of(&vec![1.0; count]), 0.0);
            assert_eq!(slope(&points(&vec![1.0; count])), None);
        }
    }

    proptest! {
        #[test]
        fn turning_values_around_turns_both_around(values in proptest::collection::vec(-1e6_f32..1e6, 2..20)) {
            let turned: Vec<f32> = values.iter().map(|value| -value).collect();
            prop_assert_eq!(z_of(&values), -z_of(&turned));
            prop_assert!(slope(&points(&values)).is_some());
        }
    }
}
