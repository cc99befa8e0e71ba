//! Times as browsers send them.

const DAY_MS: u64 = 86_400_000;

/// `2026-11-30T18:00` or `2026-11-30T18:00:05`, in UTC; years 1970 to 9999.
pub(super) fn utc_ms(text: &str) -> Option<u64> {
    let (date, time) = text.split_once(['T', ' '])?;
    let [year, month, day] = parts(date, '-')?;
    let time = match time.matches(':').count() {
        1 => format!("{time}:00"),
        _ => time.to_owned(),
    };
    let [hour, minute, second] = parts(&time, ':')?;
    let days = days_since_1970(year, month, day)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = hour * 3_600 + minute * 60 + second;
    days.checked_mul(DAY_MS)?.checked_add(seconds * 1_000)
}

fn parts(text: &str, between: char) -> Option<[u64; 3]> {
    let mut parts = text.split(between).map(|part| {
        let digits = (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<u64>().ok().filter(|_| digits)
    });
    let all = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(all)
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    let february = if is_leap(year) { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = usize::try_from(month.checked_sub(1)?).ok()?;
    let length = *months.get(before)?;
    if year < 1970 || !(1..=length).contains(&day) {
        return None;
    }
    let years: u64 = (1970..year)
        .map(|year| if is_leap(year) { 366 } else { 365 })
        .sum();
    let months: u64 = months.iter().take(before).sum();
    Some(years + months + day - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Timestamp;

    #[test]
    fn times_are_of_utc() {
        for (text, told) in [
            ("1970-01-01T00:00", "1970-01-01T00:00:00"),
            ("2024-02-29T23:59", "2024-02-29T23:59:00"),
            ("2026-11-30T18:00:05", "2026-11-30T18:00:05"),
            ("2100-03-01 00:00", "2100-03-01T00:00:00"),
        ] {
            let ms = utc_ms(text).unwrap();
            let shown = Timestamp::from_unix_ms(ms).to_string();
            assert!(shown.starts_with(told), "{text}: {shown}");
        }
        for text in [
            "",
            "2026-11-30",
            "2026-02-29T10:00",
            "2026-13-01T10:00",
            "2026-11-00T10:00",
            "2026-11-30T24:00",
            "1969-12-31T23:59",
            "20260-11-30T10:00",
            "2026-11-30T10:00Z",
            "2026-11-30T10",
        ] {
            assert_eq!(utc_ms(text), None, "{text}");
        }
    }
}
