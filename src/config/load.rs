//! Putting the settings together: defaults, then the file, then the environment, then flags.
//!
//! Owns the order of the layers. Reads the process's environment only in [`Sources::from_process`], so
//! that tests need not change it.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use config::{Config, ConfigError};

use super::{Effective, Problem, Settings, SettingsError, show, sources::Layer, validate};

/// Where settings are read from.
#[derive(Clone, Default)]
pub struct Sources {
    /// The file that was asked for; it must exist.
    pub file: Option<PathBuf>,
    /// The file that is read if none was asked for and this one exists.
    pub default_file: Option<PathBuf>,
    /// Environment variables; those without our prefix are ignored.
    pub environment: Vec<(OsString, OsString)>,
    /// Keys and values from flags.
    pub overrides: Vec<(String, String)>,
}

impl Sources {
    /// The process's environment, and `./deskwire.toml` if it exists.
    pub fn from_process() -> Self {
        Self {
            file: None,
            default_file: Some(Path::new(".").join("deskwire.toml")),
            environment: env::vars_os().collect(),
            overrides: Vec::new(),
        }
    }
}

/// The settings, and what there is to say about them.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// Checked, each by itself and together.
    pub settings: Settings,
    /// For the log.
    pub warnings: Vec<String>,
    /// Every key with its value and where it comes from, secrets redacted.
    pub effective: Vec<Effective>,
}

/// Puts the settings together, or says everything that is wrong with them.
///
/// A bad value is refused even where a later layer sets the key again: it was meant.
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

/// The defaults are a layer of their own, so that a table that is set in part keeps the rest of them.
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

/// The key at most: the error's own text may repeat a value.
fn internal(error: &ConfigError) -> SettingsError {
    let key = match error {
        ConfigError::Type { key, .. } | ConfigError::At { key, .. } => key.clone(),
        ConfigError::NotFound(key) => Some(key.clone()),
        _ => None,
    };
    SettingsError { problems: vec![Problem::Internal { key }] }
}
