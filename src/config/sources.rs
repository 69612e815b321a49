//! Layers of settings: file, environment, flags.
//!
//! Owns reading a layer's values of known keys and checking each. Every returned value has its key's type.
//! Does not combine layers: `load` does.

use std::{collections::BTreeMap, ffi::OsString, fmt, fs, io, path::Path};

use config::{ConfigError, File, FileFormat, Map, Source, Value, ValueKind};

use super::{
    Problem,
    keys::{ENV_PREFIX, Key, find, keys},
    suggest,
    value::Mismatch,
};

/// Origin of values that no layer sets.
const DEFAULT: &str = "default";

/// Variables with the prefix `DESKWIRE_` that are not settings.
const OTHER_VARIABLES: [&str; 1] = ["DESKWIRE_CONFIG"];

/// Checked values by full path.
#[derive(Clone, Default)]
pub(super) struct Layer(BTreeMap<String, Value>);

/// Shows keys without values, which may be secret.
impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone().into_iter().collect())
    }
}

impl Layer {
    /// Merges two layers; values of `stronger` win.
    pub(super) fn under(mut self, stronger: Self) -> Self {
        self.0.extend(stronger.0);
        self
    }

    /// Value of a key; `None` if no layer sets it.
    pub(super) fn value(&self, path: &str) -> Option<&ValueKind> {
        self.0.get(path).map(|value| &value.kind)
    }

    /// Origin of a key's value.
    pub(super) fn origin(&self, path: &str) -> &str {
        self.0.get(path).and_then(Value::origin).unwrap_or(DEFAULT)
    }
}

/// Problems collected while layers are read.
pub(super) type Problems = Vec<Problem>;

impl Layer {
    fn take(&mut self, key: &Key, origin: &str, read: Result<ValueKind, Mismatch>, problems: &mut Problems) {
        match read {
            Ok(value) => {
                self.0.insert(key.path.clone(), Value::new(Some(&origin.to_owned()), value));
            }
            Err(Mismatch { found, expected }) => problems.push(Problem::Value {
                key: key.path.clone(),
                origin: origin.to_owned(),
                found: if key.secret { "is not usable".to_owned() } else { found },
                expected,
            }),
        }
    }

    /// Reads a file. A missing file is a problem only if `required`.
    pub(super) fn of_file(path: &Path, required: bool, problems: &mut Problems) -> Self {
        let mut layer = Self::default();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !required => return layer,
            Err(error) => {
                problems.push(Problem::File { path: path.to_owned(), reason: error.to_string() });
                return layer;
            }
        };
        match File::from_str(&text, FileFormat::Toml).collect() {
            Ok(table) => layer.take_table("", table, &path.display().to_string(), problems),
            Err(error) => {
                let reason = too_large(&text).unwrap_or_else(|| without_excerpt(&error));
                problems.push(Problem::Syntax { path: path.to_owned(), reason });
            }
        }
        layer
    }

    fn take_table(&mut self, prefix: &str, table: Map<String, Value>, origin: &str, problems: &mut Problems) {
        for (name, value) in table {
            let path = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            match (find(&path), value.kind) {
                (Some(key), value) => self.take(key, origin, key.kind.check(value), problems),
                (None, ValueKind::Table(inner)) if !inner.is_empty() || is_table(&path) => {
                    self.take_table(&path, inner, origin, problems);
                }
                (None, _) if is_table(&path) => problems.push(not_a_table(path, origin)),
                (None, _) => problems.push(unknown(path, origin)),
            }
        }
    }

    /// Reads the variables of known keys. Other variables with the prefix cause warnings only, because
    /// Kubernetes sets some for a service of this name.
    pub(super) fn of_environment(
        variables: &[(OsString, OsString)],
        warnings: &mut Vec<String>,
        problems: &mut Problems,
    ) -> Self {
        let mut layer = Self::default();
        for (name, value) in variables {
            let Some(name) = name.to_str().filter(|name| name.starts_with(ENV_PREFIX)) else { continue };
            let Some(key) = keys().iter().find(|key| key.env == name) else {
                warnings.extend(stray_variable(name));
                continue;
            };
            // Compose files and unit files pass on unset variables as empty ones.
            if value.is_empty() {
                continue;
            }
            let read = value.to_str().map(|text| key.kind.read_text(text)).unwrap_or_else(|| {
                Err(Mismatch { found: "is not UTF-8".to_owned(), expected: "UTF-8".to_owned() })
            });
            layer.take(key, &format!("the environment variable {name}"), read, problems);
        }
        layer
    }

    /// Reads the values of flags.
    pub(super) fn of_flags(overrides: &[(String, String)], problems: &mut Problems) -> Self {
        let mut layer = Self::default();
        for (path, text) in overrides {
            let origin = format!("the flag --{}", path.replace('_', "-"));
            match find(path) {
                Some(key) => layer.take(key, &origin, key.kind.read_text(text), problems),
                None => problems.push(unknown(path.clone(), &origin)),
            }
        }
        layer
    }
}

fn is_table(path: &str) -> bool {
    keys().iter().any(|key| key.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

fn not_a_table(path: String, origin: &str) -> Problem {
    let example = keys().iter().find(|key| key.path.starts_with(&path)).map_or("", |key| &key.path);
    let expected = format!("a table with keys such as `{example}`");
    Problem::Value { key: path, origin: origin.to_owned(), found: "is not a table".to_owned(), expected }
}

fn unknown(path: String, origin: &str) -> Problem {
    let names = keys().iter().map(|key| key.path.as_str());
    let tables = names.clone().filter_map(|name| Some(name.rsplit_once('.')?.0));
    let suggestion = suggest::closest(&path, names.chain(tables)).map(str::to_owned);
    Problem::UnknownKey { key: path, origin: origin.to_owned(), suggestion }
}

fn stray_variable(name: &str) -> Option<String> {
    if OTHER_VARIABLES.contains(&name) {
        return None;
    }
    let hint = match suggest::closest(name, keys().iter().map(|key| key.env.as_str())) {
        _ if set_by_kubernetes(name) => {
            " (Kubernetes sets it for a service named deskwire; `enableServiceLinks: false` stops that)"
                .to_owned()
        }
        Some(meant) => format!("; did you mean {meant}?"),
        None => String::new(),
    };
    Some(format!("the environment variable {name} is not a setting and was ignored{hint}"))
}

fn set_by_kubernetes(name: &str) -> bool {
    ["SERVICE_HOST", "SERVICE_PORT", "PORT"]
        .iter()
        .any(|kind| name.strip_prefix(ENV_PREFIX).is_some_and(|rest| rest.starts_with(kind)))
}

/// Position and reason without the excerpt, because the line may contain a secret.
fn without_excerpt(error: &ConfigError) -> String {
    let text = match error {
        ConfigError::FileParse { cause, .. } => cause.to_string(),
        _ => return "the file cannot be parsed".to_owned(),
    };
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    match (lines.next(), lines.next_back()) {
        (Some(first), Some(last)) => {
            format!("{}: {last}", first.trim_start_matches("TOML parse error at "))
        }
        (Some(only), None) => only.to_owned(),
        (None, _) => "the file cannot be parsed".to_owned(),
    }
}

/// Finds a number beyond 64 bits, for which the parser reports no position.
fn too_large(text: &str) -> Option<String> {
    text.lines().enumerate().find_map(|(index, line)| {
        let (key, value) = line.split_once('=')?;
        let digits = value.split('#').next()?.trim().replace('_', "");
        let number = digits.strip_prefix(['-', '+']).unwrap_or(&digits);
        let beyond =
            number.len() > 18 && number.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<i64>().is_err();
        beyond.then(|| format!("line {}: `{}` is a number far too large", index + 1, key.trim()))
    })
}
