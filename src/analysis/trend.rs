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

/// A few values in order of time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Points {
    points: [Point; POINTS_MAX],
    count: usize,
}

impl Points {
    /// Adds one that is later than all before; beyond [`POINTS_MAX`] it is left out.
    pub(super) fn push(&mut self, point: Point) {
        if let Some(place) = self.points.get_mut(self.count) {
            *place = point;
            self.count += 1;
        }
    }

    fn all(&self) -> &[Point] {
        self.points.get(..self.count).unwrap_or_default()
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Seconds from the first to the last.
    pub(super) fn span(&self) -> f64 {
        match self.all() {
            [first, .., last] => f64::from(last.at - first.at),
            _ => 0.0,
        }
    }

    fn pairs(&self) -> impl Iterator<Item = (&Point, &Point)> {
        let points = self.all();
        (1..).zip(points).flat_map(move |(next, left)| points.iter().skip(next).map(move |right| (left, right)))
    }

    /// Mann and Kendall's z: how many standard deviations the count of rising pairs over falling ones is away from that of
    /// numbers without order. Above 0 they rise.
    pub(super) fn z(&self) -> f64 {
        let sign = |(left, right): (&Point, &Point)| match right.value.total_cmp(&left.value) {
            std::cmp::Ordering::Less => -1,
            std::cmp::Ordering::Equal => 0,
            std::cmp::Ordering::Greater => 1,
        };
        let score: i32 = self.pairs().map(sign).sum();
        let count = u32::try_from(self.count).map_or(0.0, f64::from);
        let variance = count * (count - 1.0) * (2.0 * count + 5.0) / 18.0;
        if score == 0 || variance <= 0.0 {
            return 0.0;
        }
        // The count moves in steps, the normal distribution does not: one step towards 0.
        f64::from(score - score.signum()) / variance.sqrt()
    }

    /// Theil and Sen's slope: the median of the slopes of all pairs, in units of the value per second.
    pub(super) fn slope(&self) -> Option<f64> {
        let mut slopes = [0.0_f32; PAIRS_MAX];
        let mut count = 0;
        let risen = self.pairs().filter(|(left, right)| right.at > left.at);
        for (place, (left, right)) in slopes.iter_mut().zip(risen) {
            *place = (right.value - left.value) / (right.at - left.at);
            count += 1;
        }
        let slopes = slopes.get_mut(..count).filter(|slopes| !slopes.is_empty())?;
        let (_, median, _) = slopes.select_nth_unstable_by(count / 2, f32::total_cmp);
        Some(f64::from(*median)).filter(|slope| slope.is_finite())
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "what has no trend has exactly none")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn points(values: &[f32]) -> Points {
        let mut points = Points::default();
        for (number, value) in (0_u8..).zip(values) {
            points.push(Point { at: f32::from(number) * 10.0, value: *value });
        }
        points
    }

    #[test]
    fn the_published_values_come_out() {
        // Ten values that only rise: S = 45, variance 125, z = 44 / 11.18.
        let rising: Vec<f32> = (0..10_u8).map(f32::from).collect();
        assert!((points(&rising).z() - 3.935).abs() < 0.001);
        assert_eq!(points(&rising).slope().map(|slope| (slope * 1e6).round()), Some(1e5));
        let falling: Vec<f32> = rising.iter().rev().copied().collect();
        assert!((points(&falling).z() + 3.935).abs() < 0.001);
        assert_eq!(points(&[5.0; 10]).z(), 0.0);
        // One of six pairs falls: S = 4, variance 8.667.
        assert!((points(&[1.0, 3.0, 2.0, 4.0]).z() - 3.0 / 8.667_f64.sqrt()).abs() < 0.001);
    }

    #[test]
    fn one_wild_value_moves_the_slope_little() {
        let mut values: Vec<f32> = (0..15_u8).map(f32::from).collect();
        values[7] = 1e6;
        let slope = points(&values).slope().expect("there are points");
        assert!((slope - 0.1).abs() < 0.02, "{slope}");
    }

    #[test]
    fn few_points_tell_nothing() {
        for count in 0..2 {
            assert_eq!(points(&vec![1.0; count]).z(), 0.0);
            assert_eq!(points(&vec![1.0; count]).slope(), None);
            assert_eq!(points(&vec![1.0; count]).span(), 0.0);
        }
    }

    proptest! {
        #[test]
        fn turning_values_around_turns_both_around(values in proptest::collection::vec(-1e6_f32..1e6, 2..20)) {
            let turned: Vec<f32> = values.iter().map(|value| -value).collect();
            prop_assert_eq!(points(&values).z(), -points(&turned).z());
            let there = points(&values);
            let count = there.count();
            prop_assert!(count <= POINTS_MAX);
            prop_assert!(there.slope().is_some());
        }
    }
}
