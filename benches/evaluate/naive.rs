//! Rules that compare with a mean, as one finds them in dashboards, and what a share of so many tries shows.
//!
//! Not our rules.
//! Invariant: a rule sees nothing that comes after.

/// Whether the last of these counts stands out from all of them: by two standard deviations above the mean, by a modified z-score
/// above 3.5, and by twice the mean. A deviation of 0 says nothing to the second, and a mean of 0 nothing to anybody.
pub(crate) fn stand_out(counts: &[f64]) -> [bool; 3] {
    let Some(last) = counts.last() else { return [false; 3] };
    let number = float(counts.len() as u64);
    let mean = counts.iter().sum::<f64>() / number;
    let deviation = (counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / number).sqrt();
    let middle = median(counts.to_vec());
    let apart = median(counts.iter().map(|count| (count - middle).abs()).collect());
    [*last > mean + 2.0 * deviation, apart > 0.0 && 0.6745 * (last - middle) / apart > 3.5, *last > 2.0 * mean]
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

/// The least share that may be true, to 95 %, where so many of all were right: the lower bound of Clopper and Pearson.
pub(crate) fn at_least(right: u32, all: u32) -> f64 {
    let (mut least, mut most) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = f64::midpoint(least, most);
        // With a lower share, so many would be right in fewer than one of twenty times.
        if chance_of(right, all, middle) < 0.05 { least = middle } else { most = middle }
    }
    least
}

/// The chance that at least so many of all are right, where each is with this chance.
fn chance_of(right: u32, all: u32, chance: f64) -> f64 {
    let (yes, no) = (chance.ln(), (1.0 - chance).ln());
    let mut ways = 0.0_f64;
    let mut sum = 0.0;
    for number in 0..=all {
        if number > 0 {
            ways += f64::from(all - number + 1).ln() - f64::from(number).ln();
        }
        if number >= right {
            sum += (ways + f64::from(number) * yes + f64::from(all - number) * no).exp();
        }
    }
    sum
}

#[expect(clippy::cast_precision_loss, reason = "counts of an hour")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}
