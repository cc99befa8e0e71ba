use super::*;

/// With ordinary spaces, to read and write the table.
fn plain(text: String) -> String {
    text.replace(NARROW_SPACE, " ")
}

#[test]
fn thousands_stand_apart() {
    for (number, text) in [
        (0, "0"),
        (999, "999"),
        (1_000, "1 000"),
        (1_234_567, "1 234 567"),
    ] {
        assert_eq!(plain(grouped(number)), text);
    }
    assert_eq!(plain(sats(Sats::new(12_345))), "12 345 sat");
}

#[test]
fn things_are_counted() {
    assert_eq!(counted(1, "share", "shares"), "1 share");
    assert_eq!(plain(counted(1_000, "share", "shares")), "1 000 shares");
    assert_eq!(plain(hundredths(100_000)), "1 000");
    assert_eq!(plain(hundredths(3_105)), "31.05");
}

#[test]
fn bitcoin_keeps_every_satoshi() {
    assert_eq!(plain(btc(Sats::new(1))), "0.00000001 BTC");
    assert_eq!(plain(btc(Sats::new(312_500_000))), "3.12500000 BTC");
}

#[test]
fn hashrates_have_four_digits() {
    for (number, text) in [
        (0, "0 H/s"),
        (999, "999 H/s"),
        (1_000, "1.000 kH/s"),
        (9_999, "9.999 kH/s"),
        (12_345, "12.35 kH/s"),
        (512_449, "512.4 kH/s"),
        (999_949, "999.9 kH/s"),
        (999_950, "1.000 MH/s"),
        (99_996, "100.0 kH/s"),
        (1_000_000_000_000_000, "1.000 PH/s"),
    ] {
        assert_eq!(plain(hashrate(Hashrate::new(number))), text, "{number}");
    }
    assert_eq!(plain(hashrate(Hashrate::MAX)), "340 282 366 QH/s");
}

#[test]
fn prices_keep_their_decimals() {
    let price = |sats| plain(PriceUnit::PerMhs.amount(Price::new(sats)));
    assert_eq!(price(4_000_000_000_000), "4 000");
    assert_eq!(price(4_000_500_000_000), "4 000.500");
    assert_eq!(price(1_999_999_999), "2");
    assert_eq!(
        plain(PriceUnit::PerPhs.price(Price::new(45_000))),
        "45 000 sat per PH/s·day"
    );
    assert_eq!(PriceUnit::of(Hashrate::new(999_999_999)), PriceUnit::PerMhs);
    assert_eq!(
        PriceUnit::of(Hashrate::new(1_000_000_000)),
        PriceUnit::PerPhs
    );
}

#[test]
fn shares_of_a_whole() {
    assert_eq!(plain(percent(987, 1_000)), "98.7 %");
    assert_eq!(plain(percent(2, 1)), "200.0 %");
    assert_eq!(plain(percent(1, 0)), "–");
    assert_eq!(plain(basis_points(150)), "1.50 %");
    assert_eq!(plain(basis_points(5)), "0.05 %");
}

#[test]
fn sizes_and_speeds() {
    assert_eq!(plain(bytes(999)), "999 B");
    assert_eq!(plain(bytes(1_250_000)), "1.3 MB");
    assert_eq!(plain(speed(48_700, 1_000)), "48 k/s");
    assert_eq!(plain(speed(10, 0)), "10 k/s");
    assert_eq!(plain(speed(9, 3_000)), "3/s");
}

#[test]
fn times_are_utc() {
    assert_eq!(utc(1_795_215_000_001), "2026-11-20 22:50:00 UTC");
    assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
    for (ms, text) in [
        (999, "0 s"),
        (42_000, "42 s"),
        (180_000, "3 min"),
        (185_000, "3 min 05 s"),
        (7_800_000, "2 h 10 min"),
        (273_600_000, "3 d 4 h"),
    ] {
        assert_eq!(duration(ms), text);
    }
}

#[test]
fn hashes_are_shortened() {
    assert_eq!(short_hash("0123456789abcdef0123"), "01234567…0123");
    assert_eq!(short_hash("0123"), "0123");
    assert_eq!(short_hash("äöüäöüäöüäöü"), "äöüä…öü");
}
