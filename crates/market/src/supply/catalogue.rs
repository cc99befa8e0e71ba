//! The machines that a fleet can be of. Numbers are the makers' own, for the model's usual grade at its standard setting.

use serde::{Deserialize, Serialize};
use std::fmt;
use units::Hashrate;

/// A machine as its maker states it.
#[derive(Debug, PartialEq, Eq)]
pub struct Machine {
    /// What commands and journals call it: never changed, never given to another machine.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// In H/s.
    pub hashrate: Hashrate,
    /// Energy for the work, in millijoules per TH (10^12 hashes).
    pub mj_per_th: u32,
    /// Where the numbers are from.
    pub source: &'static str,
}

/// A machine of the catalogue. As text (also in JSON) its name.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Model(&'static Machine);

const BITMAIN: &str = "Bitmain, the model's specification page";
const MICROBT: &str = "MicroBT, the model's specification page";
const CANAAN: &str = "Canaan, the model's specification page";
const BITAXE: &str = "Bitaxe, the board's open hardware documentation";

const fn machine(
    name: &'static str,
    title: &'static str,
    tenths_th: u128,
    mj_per_th: u32,
    source: &'static str,
) -> Machine {
    Machine {
        name,
        title,
        hashrate: Hashrate::new(tenths_th.saturating_mul(100_000_000_000)),
        mj_per_th,
        source,
    }
}

static MACHINES: [Machine; 19] = [
    machine("antminer-s9", "Antminer S9", 135, 98_000, BITMAIN),
    machine("antminer-s19", "Antminer S19", 950, 34_500, BITMAIN),
    machine(
        "antminer-s19-pro",
        "Antminer S19 Pro",
        1_100,
        29_500,
        BITMAIN,
    ),
    machine(
        "antminer-s19j-pro",
        "Antminer S19j Pro",
        1_000,
        30_500,
        BITMAIN,
    ),
    machine("antminer-s19-xp", "Antminer S19 XP", 1_400, 21_500, BITMAIN),
    machine("antminer-t21", "Antminer T21", 1_900, 19_000, BITMAIN),
    machine("antminer-s21", "Antminer S21", 2_000, 17_500, BITMAIN),
    machine(
        "antminer-s21-pro",
        "Antminer S21 Pro",
        2_340,
        15_000,
        BITMAIN,
    ),
    machine("antminer-s21-xp", "Antminer S21 XP", 2_700, 13_500, BITMAIN),
    machine(
        "antminer-s21-hydro",
        "Antminer S21 Hydro",
        3_350,
        16_000,
        BITMAIN,
    ),
    machine(
        "antminer-s21-xp-hydro",
        "Antminer S21 XP Hydro",
        4_730,
        12_000,
        BITMAIN,
    ),
    machine(
        "whatsminer-m30s-plus-plus",
        "WhatsMiner M30S++",
        1_120,
        31_000,
        MICROBT,
    ),
    machine("whatsminer-m50s", "WhatsMiner M50S", 1_260, 26_000, MICROBT),
    machine("whatsminer-m60s", "WhatsMiner M60S", 1_860, 18_500, MICROBT),
    machine("whatsminer-m66s", "WhatsMiner M66S", 2_980, 18_500, MICROBT),
    machine("avalon-a1466", "Avalon A1466", 1_500, 21_500, CANAAN),
    machine("avalon-a1566", "Avalon A1566", 1_850, 18_500, CANAAN),
    machine("bitaxe-gamma", "Bitaxe Gamma 601", 12, 15_000, BITAXE),
    // What the sandbox's miners are: 4 W at 1 MH/s.
    Machine {
        name: "cpu-core",
        title: "One core of a CPU",
        hashrate: Hashrate::new(1_000_000),
        mj_per_th: 4_000_000_000,
        source: "Assay's sandbox: no machine to buy",
    },
];

impl Model {
    /// The whole catalogue.
    pub fn all() -> impl Iterator<Item = Self> {
        MACHINES.iter().map(Self)
    }

    /// The machine of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::all().find(|model| model.0.name == name)
    }

    /// What its maker states.
    #[must_use]
    pub const fn machine(&self) -> &'static Machine {
        self.0
    }

    /// What so many draw, in watts, rounded up.
    #[must_use]
    pub fn watts(&self, count: u32) -> u128 {
        let hashes = self.0.hashrate.get().saturating_mul(count.into());
        // mJ per 10^12 hashes: 10^15 of the product are one joule.
        let product = hashes.saturating_mul(self.0.mj_per_th.into());
        product.div_ceil(1_000_000_000_000_000)
    }
}

impl TryFrom<String> for Model {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::of_name(&name).ok_or("the catalogue has no such machine")
    }
}

impl From<Model> for String {
    fn from(model: Model) -> Self {
        model.0.name.to_owned()
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_machine_has_its_own_name_and_draws_what_its_maker_says() {
        let names: BTreeSet<&str> = MACHINES.iter().map(|machine| machine.name).collect();
        assert_eq!(names.len(), MACHINES.len());
        let watts = |name: &str| Model::of_name(name).unwrap().watts(1);
        assert_eq!(watts("antminer-s21"), 3_500);
        assert_eq!(watts("antminer-s9"), 1_323);
        assert_eq!(watts("cpu-core"), 4);
        assert_eq!(Model::of_name("antminer"), None);
        assert_eq!(
            Model::of_name("antminer-s21").unwrap().watts(u32::MAX),
            3_500 * u128::from(u32::MAX)
        );
    }
}
