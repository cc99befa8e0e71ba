//! Numbers and times as people read them: the one place that rounds. Integers in, text out; the exact number stands
//! beside it in the page (`data-value`).

use units::{Hashrate, Price, Sats, Timestamp, Work};

mod chance;
pub mod trade;

pub use chance::{millionths, p_value, ppm};

/// Keeps a number and its unit on one line, and thousands apart.
const NARROW_SPACE: char = '\u{202f}';
const PREFIXES: [&str; 11] = ["", "k", "M", "G", "T", "P", "E", "Z", "Y", "R", "Q"];
const HS_PER_PHS: u128 = 1_000_000_000_000_000;

/// `1 234 567`.
pub fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len());
    for (digit, left) in digits.chars().zip((0..digits.len()).rev()) {
        text.push(digit);
        if left > 0 && left % 3 == 0 {
            text.push(NARROW_SPACE);
        }
    }
    text
}

/// `31.25`, `31`: a number of hundredths.
pub fn hundredths(number: u128) -> String {
    match number % 100 {
        0 => grouped(number / 100),
        rest => format!("{}.{rest:02}", grouped(number / 100)),
    }
}

/// `1 share`, `2 shares`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{} {many}", count(number)),
    }
}

/// `1 234 567`, of things that are counted.
pub fn count(number: u64) -> String {
    grouped(number.into())
}

/// `1 234 567 sat`.
pub fn sats(amount: Sats) -> String {
    format!("{}{NARROW_SPACE}sat", count(amount.get()))
}

/// `3.12500000 BTC`: exact.
pub fn btc(amount: Sats) -> String {
    let (whole, rest) = (amount.get() / 100_000_000, amount.get() % 100_000_000);
    format!("{}.{rest:08}{NARROW_SPACE}BTC", count(whole))
}

/// `512.4 kH/s`: four digits.
pub fn hashrate(hashrate: Hashrate) -> String {
    si(hashrate.get(), "H/s")
}

/// `512.4 kH/s (480.1 kH/s to 545.9 kH/s)`'s second half.
pub fn interval(estimate: &api::HashrateEstimate) -> String {
    format!(
        "{} to {}",
        hashrate(estimate.low_hs),
        hashrate(estimate.high_hs)
    )
}

/// `1.234 TH`: expected hashes, four digits.
pub fn work(work: Work) -> String {
    si(work.get(), "H")
}

fn si(number: u128, unit: &str) -> String {
    let mut power = 0;
    let mut divisor = 1;
    while power + 1 < PREFIXES.len() && number / divisor >= 1_000 {
        power += 1;
        divisor *= 1_000;
    }
    let mut text = four_digits(number, divisor);
    // 999.96 k rounds to a thousand of them: one of the next.
    if text.is_none() && power + 1 < PREFIXES.len() {
        power += 1;
        text = Some("1.000".into());
    }
    let text = text.unwrap_or_else(|| grouped(number / divisor));
    let prefix = PREFIXES.get(power).copied().unwrap_or_default();
    format!("{text}{NARROW_SPACE}{prefix}{unit}")
}

/// With as many decimals as make it four digits; `None` where there are more before the point.
fn four_digits(number: u128, divisor: u128) -> Option<String> {
    if divisor == 1 {
        return Some(number.to_string());
    }
    (1..=3)
        .rev()
        .map(|decimals| fixed(number, divisor, decimals))
        .find(|text| text.len() <= "1.000".len())
}

/// `number / divisor`, rounded half up to so many decimals.
fn fixed(number: u128, divisor: u128, decimals: u32) -> String {
    let scale = 10_u128.pow(decimals);
    let rest = (number % divisor).saturating_mul(scale);
    let parts = rest.saturating_add(divisor / 2) / divisor;
    let whole = (number / divisor).saturating_add(parts / scale);
    match decimals {
        0 => whole.to_string(),
        _ => format!(
            "{whole}.{:0width$}",
            parts % scale,
            width = decimals as usize
        ),
    }
}

/// The hashrate that a price is stated for, by the size of what is traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceUnit {
    /// For lots of CPU size.
    PerMhs,
    /// The field's own.
    PerPhs,
}

impl PriceUnit {
    /// The unit for a market with this lot, or a contract over this hashrate.
    pub fn of(hashrate: Hashrate) -> Self {
        match hashrate.get() {
            0..1_000_000_000 => Self::PerMhs,
            _ => Self::PerPhs,
        }
    }

    /// `sat per MH/s·day`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PerMhs => "sat per MH/s·day",
            Self::PerPhs => "sat per PH/s·day",
        }
    }

    /// The number alone, with decimals only where it has some.
    pub fn amount(self, price: Price) -> String {
        let sats = u128::from(price.get());
        let divisor = match self {
            Self::PerMhs => HS_PER_PHS / 1_000_000,
            Self::PerPhs => 1,
        };
        if sats % divisor == 0 {
            return grouped(sats / divisor);
        }
        let decimals = fixed(sats % divisor, divisor, 3);
        match decimals.strip_prefix("0.") {
            Some(decimals) => format!("{}.{decimals}", grouped(sats / divisor)),
            None => grouped(sats / divisor + 1),
        }
    }

    /// Number and unit.
    pub fn price(self, price: Price) -> String {
        format!("{} {}", self.amount(price), self.name())
    }
}

/// `98.7 %` of `whole`; a dash where there is no whole.
pub fn percent(part: u128, whole: u128) -> String {
    if whole == 0 {
        return "–".into();
    }
    let tenths = part.saturating_mul(1_000).saturating_add(whole / 2) / whole;
    format!("{}.{}{NARROW_SPACE}%", grouped(tenths / 10), tenths % 10)
}

/// Hundredths of a percent: `1.50 %`.
pub fn basis_points(bps: u16) -> String {
    format!("{}.{:02}{NARROW_SPACE}%", bps / 100, bps % 100)
}

/// `1.2 MB`.
pub fn bytes(bytes: u64) -> String {
    let (divisor, unit) = match bytes {
        0..1_000 => return format!("{bytes}{NARROW_SPACE}B"),
        1_000..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    let number = fixed(bytes.into(), divisor, 1);
    format!("{number}{NARROW_SPACE}{unit}")
}

/// `48 k/s`: so many in so long.
pub fn speed(done: u64, elapsed_ms: u64) -> String {
    let per_second = u128::from(done) * 1_000 / u128::from(elapsed_ms.max(1));
    match per_second {
        0..10_000 => format!("{}/s", grouped(per_second)),
        _ => format!("{}{NARROW_SPACE}k/s", grouped(per_second / 1_000)),
    }
}

/// `42 s`, `3 min 05 s`, `2 h 10 min`, `3 d 4 h`.
pub fn duration(ms: u64) -> String {
    let seconds = ms / 1_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) if seconds.is_multiple_of(60) => format!("{minutes} min"),
        (0, 0, _) => format!("{minutes} min {:02} s", seconds % 60),
        (0, _, _) => format!("{hours} h {:02} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// RFC 3339 in UTC, for `<time datetime>`.
pub fn rfc3339(ms: u64) -> String {
    Timestamp::from_unix_ms(ms).to_string()
}

/// `2026-11-20 22:50:01 UTC`.
pub fn utc(ms: u64) -> String {
    let text = rfc3339(ms);
    let part = |range| text.get(range).unwrap_or_default();
    format!("{} {} UTC", part(0..10), part(11..19))
}

/// The first and last characters of a hash.
pub fn short_hash(hash: &str) -> String {
    match (hash.get(..8), hash.len().checked_sub(4)) {
        (Some(head), Some(tail)) if hash.len() > 16 => {
            format!("{head}…{}", hash.get(tail..).unwrap_or_default())
        }
        _ => hash.to_string(),
    }
}

/// `low difficulty` of `low_difficulty`.
pub fn words(code: &str) -> String {
    code.replace('_', " ")
}

#[cfg(test)]
mod tests;
