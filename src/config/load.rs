//! Loads the settings: defaults, then the file, then the environment, then flags.
//!
//! Owns the order of the layers. Reads the process environment only in [`Sources::from_process`], so that
//! tests need not change it.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use config::{Config, ConfigError};

use super::{Effective, Problem, Settings, SettingsError, show, sources::Layer, validate};

/// Sources of the settings.
#[derive(Clone, Default)]
pub struct Sources {
    /// File named by the user; it must exist.
    pub file: Option<PathBuf>,
    /// File that is read if it exists and `file` is `None`.
    pub default_file: Option<PathBuf>,
    /// Environment variables. Those without the prefix `DESKWIRE_` are ignored.
    pub environment: Vec<(OsString, OsString)>,
    /// Keys and values from flags.
    pub overrides: Vec<(String, String)>,
}

impl Sources {
    /// Environment of the process, and `./deskwire.toml` if it exists.
    pub fn from_process() -> Self {
        Self {
            file: None,
            default_file: Some(Path::new(".").join("deskwire.toml")),
            environment: env::vars_os().collect(),
            overrides: Vec::new(),
        }
    }
}

/// Settings with warnings and origins.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// Settings after all checks.
    pub settings: Settings,
    /// Warnings for the log.
    pub warnings: Vec<String>,
    /// Every key with its value and origin, secrets redacted.
    pub effective: Vec<Effective>,
}

/// Loads the settings, or returns all problems with them.
///
/// An invalid value is refused even if a stronger layer sets the key again.
pub fn load(sources: &Sources) -> Result<Loaded, SettingsError> {
    let mut problems = Vec::new();
    let mut warnings = Vec::new();
    let file = match (&sources.file, &sources.default_file) {
        (Some(path), _) => Layer::of_file(path, true, &mut problems),
        (None, Some(path)) => Layer::of_file(path, false, &mut problems),
        (None, None) => Layer::default(),
    };
    let environment = Layer::of_environment(&sources.environment, &mut warnings, &mut problems);
    let flags = Layer::of_flags(&sources.overrides, &mut problems);
    refuse(problems)?;

    let set = file.under(environment).under(flags);
    let settings = over_defaults(set.clone()).map_err(|error| internal(&error))?;
    refuse(validate::problems(&settings, &set))?;
    warnings.extend(validate::warnings(&settings));
    warnings.sort();
    Ok(Loaded { effective: show::effective(&set), settings, warnings })
}

/// Merges the values into the defaults. The defaults are a layer, so that a partly set table keeps its other
/// defaults.
fn over_defaults(set: Layer) -> Result<Settings, ConfigError> {
    let defaults = Config::try_from(&Settings::default())?;
    let settings: Settings =
        Config::builder().add_source(defaults).add_source(set).build()?.try_deserialize()?;
    let attachment_types = settings.attachment_types.filter(|types| !types.is_empty());
    Ok(Settings { attachment_types, ..settings })
}

fn refuse(mut problems: Vec<Problem>) -> Result<(), SettingsError> {
    problems.sort();
    if problems.is_empty() { Ok(()) } else { Err(SettingsError { problems }) }
}

/// Error with the key only: the text of the library may contain a value.
fn internal(error: &ConfigError) -> SettingsError {
    let key = match error {
        ConfigError::Type { key, .. } | ConfigError::At { key, .. } => key.clone(),
        ConfigError::NotFound(key) => Some(key.clone()),
        _ => None,
    };
    SettingsError { problems: vec![Problem::Internal { key }] }
}
