//! What was asked for on the command line. Refuses what it does not know, so that a typing mistake
//! does not run something else for ten minutes.

use std::path::PathBuf;
use std::time::Duration;

pub const HELP: &str = "\
prove faults|leaks [--short|--long] [--seconds N] [--seed S] [--only NAME] [--report DIR] [--list]

  --short       a few rounds of the most telling scenarios (the default)
  --long        all scenarios with many rounds
  --seconds N   about how long the faults last in all
  --seed S      the random choices of an earlier run
  --only NAME   scenarios whose name begins with NAME; may be given again
  --report DIR  where report.md, report.json and the logs of what failed go
  --list        the scenarios, and what each does";

/// What is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Faults,
    Leaks,
}

impl Command {
    pub fn word(self) -> &'static str {
        match self {
            Self::Faults => "faults",
            Self::Leaks => "leaks",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Arguments {
    pub command: Command,
    pub long: bool,
    pub seconds: Option<u64>,
    pub seed: u64,
    pub only: Vec<String>,
    pub report: PathBuf,
    pub list: bool,
}

impl Arguments {
    /// Nothing when help was asked for.
    pub fn parse(words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        // `cargo bench` adds `--bench` of its own.
        let mut words = words.filter(|word| word != "--bench");
        let (mut command, mut parsed) = (None, Self::unasked());
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "faults" => command = Some(Command::Faults),
                "leaks" => command = Some(Command::Leaks),
                "--short" => parsed.long = false,
                "--long" => parsed.long = true,
                "--list" => parsed.list = true,
                "--seconds" => parsed.seconds = Some(number(&value()?)?.clamp(5, 7200)),
                "--seed" => parsed.seed = number(&value()?)?,
                "--only" => parsed.only.push(value()?),
                "--report" => parsed.report = PathBuf::from(value()?),
                "--help" | "-h" => return Ok(None),
                _ => return Err(format!("{word} is not understood")),
            }
        }
        parsed.command = command.ok_or("say what to prove: faults or leaks")?;
        Ok(Some(parsed))
    }

    fn unasked() -> Self {
        Self {
            command: Command::Faults,
            long: false,
            seconds: None,
            seed: super::dice::fresh_seed(),
            only: Vec::new(),
            report: PathBuf::from("target/prove"),
            list: false,
        }
    }

    /// Whether a scenario was asked for by name, or none was.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|wanted| name.starts_with(wanted.as_str()))
    }

    /// The word for the extent of the run.
    pub fn profile(&self) -> &'static str {
        if self.long { "long" } else { "short" }
    }

    /// The time that the faults of all scenarios share.
    pub fn budget(&self) -> Duration {
        Duration::from_secs(self.seconds.unwrap_or(if self.long { 600 } else { 50 }))
    }
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text} is not a number"))
}
