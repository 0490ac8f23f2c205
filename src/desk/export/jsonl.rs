//! JSON lines: one object a lead, values exact.

use super::digest::DigestWriter;
use super::shown::{Shown, ShownLead};
use crate::crypto::protect::ProtectedField;
use crate::domain::ids::{FormId, FormVersion, SiteId};
use crate::domain::lang::Lang;
use crate::domain::lead::Stage;
use crate::domain::submission::ConsentRecord;
use crate::domain::token::Token;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use std::io::{self, BufWriter, Write};

pub(super) struct JsonlSink<'a, 'out> {
    writer: BufWriter<&'a mut DigestWriter<'out>>,
}

/// The object of one lead, in this order.
#[derive(Serialize)]
struct Line<'a> {
    token: Token,
    number: u64,
    site: &'a SiteId,
    form: &'a FormId,
    form_version: FormVersion,
    received_at: Timestamp,
    stored_at: Timestamp,
    stage: Stage,
    lang: Lang,
    enquiry: u32,
    corrects: Option<Token>,
    fields: Fields<'a>,
    consents: &'a [ConsentRecord],
    attribution: Fields<'a>,
}

/// Fields by id, in the lead's order.
struct Fields<'a> {
    all: &'a [(&'a ProtectedField, Shown)],
    attribution: bool,
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let chosen = self.all.iter().filter(|(view, _)| view.attribution == self.attribution);
        serializer.collect_map(chosen.map(|(view, shown)| (&view.field, shown)))
    }
}

impl<'a, 'out> JsonlSink<'a, 'out> {
    pub(super) fn start(out: &'a mut DigestWriter<'out>) -> Self {
        Self { writer: BufWriter::new(out) }
    }

    pub(super) fn write(&mut self, shown: &ShownLead<'_>) -> io::Result<()> {
        let lead = shown.lead;
        let line = Line {
            token: lead.token,
            number: lead.number,
            site: &lead.site,
            form: &lead.form,
            form_version: lead.form_version,
            received_at: lead.received_at,
            stored_at: lead.stored_at,
            stage: lead.stage,
            lang: lead.lang,
            enquiry: lead.enquiry,
            corrects: lead.corrects,
            fields: Fields { all: &shown.fields, attribution: false },
            consents: &lead.consents,
            attribution: Fields { all: &shown.fields, attribution: true },
        };
        serde_json::to_writer(&mut self.writer, &line)?;
        self.writer.write_all(b"\n")
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
