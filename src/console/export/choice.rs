//! What of a list is to be exported, and how: as an address or a form says it.
//!
//! Refuses what is unclear, since a condition that is left out would put more leads into the file than
//! somebody meant.

use crate::console::inbox::Asked;
use crate::desk::export::{Format, Mode, Preset};
use crate::domain::lead::Reason;
use crate::domain::settings::Settings;
use crate::domain::staff::Viewer;
use jiff::Timestamp;

/// What stands in place of a protected value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Values {
    #[default]
    Masked,
    Tokens,
    Revealed,
}

impl Values {
    pub(super) const ALL: [Self; 3] = [Self::Masked, Self::Tokens, Self::Revealed];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Masked => "masked",
            Self::Tokens => "tokens",
            Self::Revealed => "revealed",
        }
    }
}

/// Why a choice is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mistake {
    /// Something could not be read.
    Unclear,
    /// Values in clear without a reason.
    NoReason,
    /// The program does not read such a file.
    FormatNotTaken(Preset),
    /// The program's columns are those of one form.
    NoForm,
    /// No lead fits.
    NoLeads,
}

/// What was chosen.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    pub(super) list: Asked,
    pub(super) values: Values,
    pub(super) reason: Option<Reason>,
    pub(super) format: Format,
    pub(super) preset: Option<Preset>,
    is_unclear: bool,
}

impl Choice {
    /// Reads an address's query. A list that is not named is that of all leads.
    pub(super) fn read(query: &str, viewer: &Viewer, now: Timestamp, settings: &Settings) -> Self {
        let zone = &settings.business_hours.time_zone;
        let list = Asked::read(&format!("view=all&{query}"), viewer, now, zone);
        let is_unclear = list.is_unclear;
        let mut choice =
            Self { list, values: Values::Masked, reason: None, format: Format::Csv, preset: None, is_unclear };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            choice.is_unclear |= !value.is_empty() && !choice.take(&name, &value);
        }
        if choice.preset.is_some() {
            choice.values = Values::Revealed;
        }
        choice.take_the_only_form(viewer, settings);
        choice
    }

    /// Takes one part. False where it can't be read.
    fn take(&mut self, name: &str, value: &str) -> bool {
        fn set<T>(place: &mut T, found: Option<T>) -> bool {
            found.map(|found| *place = found).is_some()
        }
        match name {
            "values" => set(&mut self.values, Values::ALL.into_iter().find(|values| values.word() == value)),
            "reason" => set(&mut self.reason, value.parse().ok().map(Some)),
            "format" => set(&mut self.format, Format::from_word(value)),
            "preset" => set(&mut self.preset, Preset::from_word(value).map(Some)),
            _ => true,
        }
    }

    /// kintone's columns are those of one form: of the only one, where it is not named.
    fn take_the_only_form(&mut self, viewer: &Viewer, settings: &Settings) {
        let mut seen = settings.forms.iter().filter(|form| viewer.sees(&form.site, &form.id));
        if let (Some(Preset::Kintone), None, Some(only), None) =
            (self.preset, &self.list.filter.form, seen.next(), seen.next())
        {
            self.list.filter.form = Some(only.id.clone());
            self.list.parts.push(("form".to_owned(), only.id.to_string()));
        }
    }

    /// The address's query that says the same.
    pub(super) fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.list.pairs() {
            query.append_pair(name, value);
        }
        query.append_pair("values", self.values.word());
        if let Some(reason) = self.reason {
            query.append_pair("reason", reason.word());
        }
        query.append_pair("format", self.format.word());
        if let Some(preset) = self.preset {
            query.append_pair("preset", preset.word());
        }
        query.finish()
    }

    /// Whether values are to be in clear.
    pub(super) fn is_clear(&self) -> bool {
        self.values == Values::Revealed
    }

    /// How it is to be written, once nothing is wrong with it.
    pub(super) fn checked(&self) -> Result<Mode, Mistake> {
        if self.is_unclear {
            return Err(Mistake::Unclear);
        }
        if let Some(preset) = self.preset.filter(|preset| !preset.takes(self.format)) {
            return Err(Mistake::FormatNotTaken(preset));
        }
        if self.preset == Some(Preset::Kintone) && self.list.filter.form.is_none() {
            return Err(Mistake::NoForm);
        }
        match (self.values, self.reason) {
            (Values::Masked, _) => Ok(Mode::Masked),
            (Values::Tokens, _) => Ok(Mode::Tokens),
            (Values::Revealed, Some(reason)) => Ok(Mode::Revealed { reason }),
            (Values::Revealed, None) => Err(Mistake::NoReason),
        }
    }
}
