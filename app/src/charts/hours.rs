use crate::display;
use api::Hour;
use leptos::prelude::*;
use std::fmt::Write;
use units::{Hashrate, Work};

/// More would be thinner than a pixel on a narrow screen.
const COLUMNS_MAX: usize = 240;
const COLUMN: usize = 10;
const HEIGHT: u128 = 1_000;

/// One column: an hour, or as many in a row as keep the columns few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Start of the first hour.
    pub start_ms: u64,
    /// Length of all together.
    pub duration_ms: u64,
    /// Their shares.
    pub shares: u64,
    /// Their mean hashrate.
    pub mean: Hashrate,
    /// The lowest bound of one of them.
    pub low: Hashrate,
    /// The highest.
    pub high: Hashrate,
}

/// How many hours stand in one column.
pub fn hours_per_column(hours: usize) -> usize {
    hours.div_ceil(COLUMNS_MAX).max(1)
}

/// At most 240 columns. The bounds of several hours are their widest: what joins them exactly is for the verifier alone.
pub fn columns(hours: &[Hour]) -> Vec<Column> {
    let groups = hours.chunks(hours_per_column(hours.len()));
    groups.filter_map(column).collect()
}

fn column(hours: &[Hour]) -> Option<Column> {
    let (first, rest) = hours.split_first()?;
    let mut column = Column {
        start_ms: first.start_ms,
        duration_ms: first.duration_ms,
        shares: first.shares,
        mean: first.hashrate.estimate_hs,
        low: first.hashrate.low_hs,
        high: first.hashrate.high_hs,
    };
    for hour in rest {
        column.duration_ms = column.duration_ms.saturating_add(hour.duration_ms);
        column.shares = column.shares.saturating_add(hour.shares);
        column.low = column.low.min(hour.hashrate.low_hs);
        column.high = column.high.max(hour.hashrate.high_hs);
    }
    if !rest.is_empty() {
        let works = hours.iter().map(|hour| hour.work_hashes.get());
        let work = works.fold(0, u128::saturating_add);
        column.mean = mean(Work::new(work), column.duration_ms);
    }
    Some(column)
}

fn mean(work: Work, duration_ms: u64) -> Hashrate {
    let scaled = work.get().saturating_mul(1_000);
    Hashrate::new(scaled / u128::from(duration_ms.max(1)))
}

/// Hashrate by the hour: the mean as steps, its interval as a band, the agreed hashrate and the threshold as lines.
#[component]
pub fn HoursChart(columns: Vec<Column>, agreed: Hashrate, threshold: Hashrate) -> impl IntoView {
    let top = top(&columns, agreed);
    let width = columns.len().max(1) * COLUMN;
    let across = move |hashrate| {
        let y = height(hashrate, top).to_string();
        (y.clone(), y)
    };
    let ((agreed1, agreed2), (threshold1, threshold2)) = (across(agreed), across(threshold));
    view! {
        <svg
            viewBox=format!("0 0 {width} {HEIGHT}")
            preserveAspectRatio="none"
            role="img"
            aria-labelledby="hours-title"
            aria-describedby="hours-desc"
        >
            <title id="hours-title">"Delivered hashrate by the hour"</title>
            <desc id="hours-desc">{summary(&columns, agreed, threshold)}</desc>
            <path class="band" d=band(&columns, top)></path>
            <line class="agreed" x1="0" x2=width.to_string() y1=agreed1 y2=agreed2></line>
            <line class="threshold" x1="0" x2=width.to_string() y1=threshold1 y2=threshold2></line>
            <path class="steps" d=steps(&columns, top)></path>
        </svg>
    }
    .into_any()
}

/// The hashrate at the upper edge. Bounds of an hour with few shares may go beyond it.
pub fn top(columns: &[Column], agreed: Hashrate) -> Hashrate {
    let mean = columns.iter().map(|column| column.mean.get()).max();
    let high = columns.iter().map(|column| column.high.get()).max();
    let line = mean.unwrap_or_default().max(agreed.get());
    let half = line / 2;
    let bound = high.unwrap_or_default().min(line.saturating_add(half));
    let highest = line.max(bound);
    Hashrate::new(highest.saturating_add(highest / 10).max(1))
}

fn height(hashrate: Hashrate, top: Hashrate) -> u128 {
    // Where the product would not fit, both are so large that their last digits do not show.
    let (hashrate, top) = match hashrate.get().checked_mul(HEIGHT) {
        Some(_) => (hashrate.get(), top.get()),
        None => (hashrate.get() / HEIGHT, top.get() / HEIGHT),
    };
    let up = hashrate * HEIGHT / top.max(1);
    HEIGHT.saturating_sub(up)
}

fn band(columns: &[Column], top: Hashrate) -> String {
    let mut path = String::new();
    for (number, column) in columns.iter().enumerate() {
        let (x, high, low) = (
            number * COLUMN,
            height(column.high, top),
            height(column.low, top),
        );
        // Writing to a string cannot fail.
        _ = write!(path, "M{x} {high}h{COLUMN}V{low}h-{COLUMN}z");
    }
    path
}

fn steps(columns: &[Column], top: Hashrate) -> String {
    let mut path = String::new();
    for (number, column) in columns.iter().enumerate() {
        let (x, y) = (number * COLUMN, height(column.mean, top));
        let to = if number == 0 { 'M' } else { 'L' };
        _ = write!(path, "{to}{x} {y}h{COLUMN}");
    }
    path
}

fn summary(columns: &[Column], agreed: Hashrate, threshold: Hashrate) -> String {
    let means = || columns.iter().map(|column| column.mean);
    let (Some(low), Some(high)) = (means().min(), means().max()) else {
        return "There is no hour to show.".into();
    };
    let short = means().filter(|mean| *mean < threshold).count() as u64;
    format!(
        "{} columns, between {} and {}; {} of them below the threshold of {}. Agreed: {}.",
        display::count(columns.len() as u64),
        display::hashrate(low),
        display::hashrate(high),
        display::count(short),
        display::hashrate(threshold),
        display::hashrate(agreed),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::HashrateEstimate;

    fn hour(number: u64, shares: u64) -> Hour {
        let rate = u128::from(shares) * 10;
        Hour {
            start_ms: number * 3_600_000,
            duration_ms: 3_600_000,
            shares,
            work_hashes: Work::new(rate * 3_600),
            hashrate: HashrateEstimate {
                estimate_hs: Hashrate::new(rate),
                low_hs: Hashrate::new(rate / 2),
                high_hs: Hashrate::new(rate * 2),
            },
        }
    }

    fn hours(count: u64) -> Vec<Hour> {
        (0..count).map(|number| hour(number, number)).collect()
    }

    #[test]
    fn hours_are_grouped_once_there_are_too_many() {
        for (count, per_column, drawn) in [
            (0, 1, 0),
            (1, 1, 1),
            (240, 1, 240),
            (241, 2, 121),
            (720, 3, 240),
            (10_000, 42, 239),
        ] {
            assert_eq!(hours_per_column(count as usize), per_column, "{count}");
            assert_eq!(columns(&hours(count)).len(), drawn, "{count}");
        }
    }

    #[test]
    fn a_group_keeps_shares_and_time_and_takes_the_widest_bounds() {
        let hours = hours(720);
        let columns = columns(&hours);
        let shares = columns.iter().map(|column| column.shares).sum::<u64>();
        assert_eq!(shares, 720 * 719 / 2);
        let last = columns[239];
        assert_eq!(last.start_ms, 717 * 3_600_000);
        assert_eq!(last.duration_ms, 3 * 3_600_000);
        assert_eq!(last.mean, Hashrate::new(7_180));
        assert_eq!((last.low.get(), last.high.get()), (3_585, 14_380));
    }

    #[test]
    fn a_short_last_hour_weighs_less() {
        let mut short = hour(1, 100);
        short.duration_ms = 360_000;
        short.work_hashes = Work::new(360_000);
        let column = column(&[hour(0, 100), short]).unwrap();
        // 3,600,000 + 360,000 hashes in 3,960 seconds.
        assert_eq!(column.mean, Hashrate::new(1_000));
    }

    #[test]
    fn drawings_stay_inside() {
        let columns = columns(&[hour(0, 10), hour(1, 5)]);
        let top = Hashrate::new(200);
        assert_eq!(band(&columns, top), "M0 0h10V750h-10zM10 500h10V875h-10z");
        assert_eq!(steps(&columns, top), "M0 500h10L10 750h10");
        assert_eq!(height(Hashrate::MAX, Hashrate::new(1)), 0);
        assert_eq!(height(Hashrate::MAX, Hashrate::MAX), 0);
    }

    #[test]
    fn a_wide_bound_does_not_squeeze_the_rest() {
        let mut wide = columns(&[hour(0, 10)]);
        wide[0].high = Hashrate::new(1_000_000);
        assert_eq!(top(&wide, Hashrate::new(80)).get(), 165);
        assert_eq!(top(&[], Hashrate::ZERO).get(), 1);
    }
}
