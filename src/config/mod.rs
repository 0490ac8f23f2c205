//! Configuration: `leadseal.toml` and the form files beside it, checked as a whole.
//!
//! Owns reading, checking and explaining them: every mistake with file, line and fix. Yields the
//! domain's settings and forms; holds no secrets and opens no databases.

mod address;
mod document;
mod form;
mod mistake;
mod report;
mod section;
mod shape;
mod start;
mod wording;

pub use mistake::{ConfigErrors, Mistake, Severity};
pub use start::{FormStart, starting_config, starting_forms};

use crate::domain::form::Form;
use crate::domain::ids::{FormId, SiteId};
use crate::domain::settings::Settings;
use document::Document;
use form::ReadForm;
use report::Report;
use section::SettingsFile;
use serde_json::Value;
use shape::Required;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const DEFAULTS: &str = include_str!("../../config/leadseal.toml");

const READY_FORMS: [(&str, &str); 4] = [
    ("contact.toml", include_str!("../../config/forms/contact.toml")),
    ("document-request.toml", include_str!("../../config/forms/document-request.toml")),
    ("event-registration.toml", include_str!("../../config/forms/event-registration.toml")),
    ("newsletter.toml", include_str!("../../config/forms/newsletter.toml")),
];

/// Where `leadseal.toml` is looked for when no path is given.
const USUAL_PLACES: [&str; 3] = ["leadseal.toml", "leadseal/leadseal.toml", "/etc/leadseal/leadseal.toml"];

/// A usable configuration.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings, forms among them.
    pub settings: Settings,
    /// What somebody should look at.
    pub warnings: Vec<Mistake>,
    sources: Vec<(FormId, Document)>,
}

impl Loaded {
    /// A mistake that was found later, in a text of a form that only its user understands (a mail
    /// template): an error at `key`, e.g. `auto_reply.body.ja`, in the form's own file.
    pub fn mistake_in_form(&self, form: &FormId, key: &str, what: &str, fix: &str) -> Mistake {
        let source = self.sources.iter().find(|(id, _)| id == form).map(|(_, document)| document);
        let file = source.map_or_else(|| form.to_string(), |document| document.file().to_owned());
        let place = source.map(|document| document.place(&format!("/{}", key.replace('.', "/"))));
        let (line, column) = place.unwrap_or_default();
        Mistake { line, column, ..Mistake::of_file(file, what, fix) }
    }
}

/// The commented `leadseal.toml` that holds the defaults.
pub fn defaults_text() -> &'static str {
    DEFAULTS
}

/// The forms that come with Leadseal: file name and text.
pub fn ready_forms() -> &'static [(&'static str, &'static str)] {
    &READY_FORMS
}

/// The JSON Schema (2020-12) of a form file.
pub fn form_schema() -> Value {
    form::schema()
}

/// Reads a configuration file and the forms in the folder `forms/` beside it. Without a path,
/// `leadseal.toml` in the working directory, then `/etc/leadseal/leadseal.toml`.
///
/// # Errors
/// Every mistake in all of the files.
pub fn load(path: Option<&Path>) -> Result<Loaded, ConfigErrors> {
    let path = match path {
        Some(path) => path.to_owned(),
        None => usual_place()?,
    };
    let name = path.display().to_string();
    let text = read_text(&path).map_err(only)?;
    let base = path.parent().unwrap_or(Path::new(""));
    let mut unreadable = Vec::new();
    let mut forms = Vec::new();
    for file in form_files(&base.join("forms"), &mut unreadable) {
        match read_text(&file) {
            Ok(text) => forms.push((file.display().to_string(), text)),
            Err(mistake) => unreadable.push(mistake),
        }
    }
    let (loaded, mut mistakes) = assemble(base, Some((&name, &text)), &forms);
    mistakes.extend(unreadable);
    finish(loaded, mistakes)
}

/// Builds a configuration from texts: an overlay over the defaults (name and text) and forms
/// (name and text). Relative paths are relative to `base`.
///
/// # Errors
/// Every mistake in all of the texts.
pub fn load_from_texts(
    base: &Path,
    overlay: Option<(&str, &str)>,
    forms: &[(String, String)],
) -> Result<Loaded, ConfigErrors> {
    let (loaded, mistakes) = assemble(base, overlay, forms);
    finish(loaded, mistakes)
}

/// Reads one form file. `sites` are the ids of the installation's sites.
///
/// # Errors
/// Every mistake in it, warnings included.
pub fn parse_form(file: &str, text: &str, sites: &[SiteId]) -> Result<(Form, Vec<Mistake>), Vec<Mistake>> {
    form::read(file, text, Some(sites)).map(|(read, warnings)| (read.form, warnings))
}

/// The configuration file that is found when none is named.
///
/// # Errors
/// When there is none in the usual places.
pub fn usual_place() -> Result<PathBuf, ConfigErrors> {
    USUAL_PLACES.iter().map(PathBuf::from).find(|path| path.exists()).ok_or_else(|| {
        only(Mistake::of_file(
            USUAL_PLACES[0],
            "there is no such file here, nor in ./leadseal or /etc/leadseal",
            "run `leadseal init`, or name the file with --config",
        ))
    })
}

fn only(mistake: Mistake) -> ConfigErrors {
    ConfigErrors { mistakes: vec![mistake] }
}

/// Reads a file as UTF-8, with or without a byte order mark.
fn read_text(path: &Path) -> Result<String, Mistake> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        Mistake::of_file(&name, format!("it can't be read: {error}"), "check its path and permissions")
    })?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(error) => {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let mut mistake = Mistake::of_file(name, "the file is not UTF-8", "save it as UTF-8 in your editor");
            mistake.line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
            mistake.column = 1;
            Err(mistake)
        }
    }
}

/// The form files of a folder by name. A folder that is not there has none.
fn form_files(folder: &Path, mistakes: &mut Vec<Mistake>) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            let what = format!("the folder can't be read: {error}");
            mistakes.push(Mistake::of_file(folder.display().to_string(), what, "check its permissions"));
            return Vec::new();
        }
    };
    let hidden = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml") && !hidden(path))
        .collect();
    files.sort();
    files
}

/// Checks everything and puts it together; without settings when the main file can't be used.
fn assemble(base: &Path, overlay: Option<(&str, &str)>, forms: &[(String, String)]) -> (Option<Loaded>, Vec<Mistake>) {
    let (name, text) = overlay.unwrap_or(("leadseal.toml", ""));
    let (settings, sites, mut mistakes) = read_settings(base, name, text);
    let mut read = read_forms(forms, sites.as_deref(), &mut mistakes);
    for captcha in read.iter_mut().filter_map(|read| read.form.captcha.as_mut()) {
        captcha.secret_file = base.join(&captcha.secret_file);
    }
    if forms.is_empty() {
        let mut mistake = Mistake::of_file(
            base.join("forms").display().to_string(),
            "there are no forms",
            "put a form file there; `leadseal init` makes two to begin with",
        );
        mistake.severity = Severity::Warning;
        mistakes.push(mistake);
    }
    if let Some(settings) = &settings {
        mistakes.extend(read.iter().flat_map(|form| form::strangers(form, &settings.sites)));
    }
    let loaded = settings.map(|settings| {
        let (forms, sources) =
            read.into_iter().map(|read| (Arc::new(read.form), read.document)).unzip::<_, _, Vec<_>, Vec<_>>();
        let ids = forms.iter().map(|form| form.id.clone());
        Loaded { sources: ids.zip(sources).collect(), settings: Settings { forms, ..settings }, warnings: Vec::new() }
    });
    (loaded, mistakes)
}

/// Reads the main file over the defaults. The ids of its sites are known even when it has other
/// mistakes; nothing is known about them when it is not TOML.
fn read_settings(base: &Path, name: &str, text: &str) -> (Option<Settings>, Option<Vec<SiteId>>, Vec<Mistake>) {
    let document = match Document::parse(name, text) {
        Ok(document) => document,
        Err(mistakes) => return (None, None, mistakes),
    };
    let mut report = Report::new(&document);
    let mut content = document.value.clone();
    shape::check(&shape::schema_of::<SettingsFile>(), Required::Ignored, &mut content, &mut report);
    let defaults = Document::parse("built-in leadseal.toml", DEFAULTS).map(|defaults| defaults.value);
    let raw = defaults.map(|defaults| serde_json::from_value::<SettingsFile>(laid_over(defaults, content)));
    let (settings, sites) = match raw {
        Ok(Ok(raw)) => (section::lower(&mut report, &raw, base), section::known_ids(&raw.sites)),
        Ok(Err(error)) => {
            report.error("", error.to_string(), "compare the file with docs/configuration.md");
            (None, None)
        }
        Err(mistakes) => return (None, None, mistakes),
    };
    let settings = settings.filter(|_| report.is_usable());
    (settings, sites, report.into_mistakes())
}

/// Lays the owner's values over the defaults, key by key. Sites are the owner's alone: the
/// default site is there only while the owner names none.
fn laid_over(defaults: Value, own: Value) -> Value {
    match (defaults, own) {
        (Value::Object(mut defaults), Value::Object(own)) => {
            for (key, value) in own {
                let under = defaults.remove(&key).filter(|_| key != "sites").unwrap_or(Value::Null);
                defaults.insert(key, laid_over(under, value));
            }
            Value::Object(defaults)
        }
        (_, own) => own,
    }
}

/// Reads the forms. Without known sites, only mistakes that have nothing to do with them count.
fn read_forms(forms: &[(String, String)], sites: Option<&[SiteId]>, mistakes: &mut Vec<Mistake>) -> Vec<ReadForm> {
    let mut read: Vec<ReadForm> = Vec::new();
    for (file, text) in forms {
        let (found, warnings) = match form::read(file, text, sites) {
            Ok(found) => found,
            Err(found) => {
                mistakes.extend(found);
                continue;
            }
        };
        mistakes.extend(warnings);
        match read.iter().find(|first| first.form.id == found.form.id) {
            Some(first) => mistakes.push(second_of(first, &found)),
            None => read.push(found),
        }
    }
    read
}

/// The mistake that two files hold a form of the same id.
fn second_of(first: &ReadForm, second: &ReadForm) -> Mistake {
    let (line, column) = second.document.place("/form/id");
    let what = format!("there is already a form `{}` in {}", second.form.id, first.document.file());
    Mistake { line, column, ..Mistake::of_file(second.document.file(), what, "give one of them another id") }
}

fn finish(loaded: Option<Loaded>, mistakes: Vec<Mistake>) -> Result<Loaded, ConfigErrors> {
    match loaded.filter(|_| mistakes.iter().all(|mistake| mistake.severity == Severity::Warning)) {
        Some(loaded) => Ok(Loaded { warnings: mistakes, ..loaded }),
        None => Err(ConfigErrors { mistakes }),
    }
}

#[cfg(test)]
mod tests;
