//! How far from the middle chance goes.
//!
//! Not a library of distributions: the one tail that is asked for.
//! Invariant: smaller chances lie further out.

/// The number of standard deviations that a normal number exceeds with this chance; Abramowitz and Stegun 26.2.23, right to
/// half a thousandth.
pub(super) fn exceeded_with(chance: f64) -> f64 {
    let chance = chance.clamp(1e-300, 0.5);
    let root = (-2.0 * chance.ln()).sqrt();
    let above = 2.515_517 + root * (0.802_853 + root * 0.010_328);
    let below = 1.0 + root * (1.432_788 + root * (0.189_269 + root * 0.001_308));
    root - above / below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        let table = [(0.5, 0.0), (0.025, 1.95996), (0.001, 3.09023), (0.001 / 60.0, 4.14861), (5e-6, 4.41717)];
        for (chance, expected) in table {
            assert!((exceeded_with(chance) - expected).abs() < 1e-3, "{chance}: {}", exceeded_with(chance));
        }
        assert!(exceeded_with(0.0).is_finite() && exceeded_with(f64::MIN_POSITIVE).is_finite());
    }
}
