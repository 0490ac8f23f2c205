//! A site: one brand with its name, address, mail sender and forms.

use super::ids::SiteId;
use super::lang::Text;
use serde::{Deserialize, Serialize};

/// Whether forms and pages are light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// As the visitor's device, or the page around the form, has it.
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// The letters of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Font {
    /// Even strokes (ゴシック体).
    Gothic,
    /// Brush-like strokes (明朝体).
    Mincho,
}

impl Font {
    /// The families of a style sheet, of what devices have: nothing is loaded.
    pub const fn families(self) -> &'static str {
        match self {
            Self::Gothic => {
                "\"Hiragino Sans\",\"BIZ UDPGothic\",\"Noto Sans JP\",\"Noto Sans CJK JP\",Meiryo,system-ui,sans-serif"
            }
            Self::Mincho => {
                "\"Hiragino Mincho ProN\",\"Yu Mincho\",\"Noto Serif JP\",\"Noto Serif CJK JP\",Georgia,serif"
            }
        }
    }
}

/// The air between fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Spacing {
    /// Little.
    Tight,
    /// Some.
    Normal,
    /// Much.
    Wide,
}

impl Spacing {
    /// As a length.
    pub const fn gap(self) -> &'static str {
        match self {
            Self::Tight => "1.25rem",
            Self::Normal => "2rem",
            Self::Wide => "2.75rem",
        }
    }
}

/// One brand in an installation. Nothing crosses from one site to another.
#[derive(Debug, Clone, Serialize)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// Its name as visitors and mails show it.
    pub name: Text,
    /// Its public address, for links back.
    pub url: Option<String>,
    /// The sender's address of its mails.
    pub mail_from: String,
    /// A colour for buttons and links: `#rrggbb`.
    pub accent: Option<String>,
    /// How round corners are, in pixels.
    pub radius: Option<u8>,
    /// The letters of its forms.
    pub font: Option<Font>,
    /// The air between the fields.
    pub spacing: Option<Spacing>,
    /// Light, dark, or as the visitor's device or the page around has it.
    pub scheme: Scheme,
}
