//! All shares, or a sample of them.

/// How much a verification hashes. Everything else of the bundle is checked either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Thoroughness {
    /// Every share.
    #[default]
    All,
    /// About so many, chosen at random.
    Sample(u32),
}

/// What a share takes in a bundle, with all that goes with it.
const SHARE_BYTES: u64 = 21;

impl Thoroughness {
    /// What there is to choose from.
    pub const CHOICES: [Self; 4] = [
        Self::All,
        Self::Sample(100_000),
        Self::Sample(10_000),
        Self::Sample(1_000),
    ];

    /// How many shares of the sample, 0 for all: as a form's value.
    pub const fn shares(self) -> u32 {
        match self {
            Self::All => 0,
            Self::Sample(shares) => shares,
        }
    }

    /// The choice of this value.
    #[cfg_attr(
        not(feature = "hydrate"),
        allow(dead_code, reason = "choosing happens in the browser alone")
    )]
    pub fn of(shares: u32) -> Self {
        let mut choices = Self::CHOICES.into_iter();
        choices
            .find(|choice| choice.shares() == shares)
            .unwrap_or_default()
    }

    /// One share in so many is hashed, in a bundle of this size; none where all are.
    #[cfg_attr(
        not(feature = "hydrate"),
        allow(dead_code, reason = "verifying happens in the browser alone")
    )]
    pub fn one_in(self, total_bytes: Option<u64>) -> Option<u32> {
        let Self::Sample(sample) = self else {
            return None;
        };
        let shares = total_bytes? / SHARE_BYTES;
        let one_in = shares.checked_div(sample.into())?;
        u32::try_from(one_in).ok().filter(|one_in| *one_in > 1)
    }

    /// Where none of the sample is wrong, at most this part of all shares is, with 95 % confidence; in parts per million. The
    /// chance of missing them all, `(1 - p)^n`, is at most 5 % for `p = ln 20 / n`.
    pub const fn bad_at_most_ppm(self) -> u32 {
        match self {
            Self::All => 0,
            Self::Sample(shares) => 2_995_733_u32.div_ceil(shares),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_a_part_of_what_there_is() {
        let sample = Thoroughness::Sample(1_000);
        assert_eq!(sample.one_in(Some(21_000_000)), Some(1_000));
        assert_eq!(sample.one_in(Some(21_000)), None, "all of them are as many");
        assert_eq!(sample.one_in(None), None);
        assert_eq!(Thoroughness::All.one_in(Some(21_000_000)), None);
    }

    #[test]
    fn a_choice_has_a_value_of_its_own() {
        for choice in Thoroughness::CHOICES {
            assert_eq!(Thoroughness::of(choice.shares()), choice);
        }
        assert_eq!(Thoroughness::of(7), Thoroughness::All);
    }

    #[test]
    fn ten_times_the_sample_says_ten_times_as_much() {
        assert_eq!(Thoroughness::Sample(1_000).bad_at_most_ppm(), 2_996);
        assert_eq!(Thoroughness::Sample(10_000).bad_at_most_ppm(), 300);
        assert_eq!(Thoroughness::Sample(100_000).bad_at_most_ppm(), 30);
    }
}
