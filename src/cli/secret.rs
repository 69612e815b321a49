//! Finds the secret for signing tokens of this deployment.
//!
//! Owns the choice of the secret, and the message if there is none. Does not generate secrets: `auth` does.

use super::CliError;
use crate::{
    auth::generate_secret,
    config::{self, Settings, TokenSource},
    domain::Secret,
};

/// Returns the configured secret, or the development secret, which is created if missing. Fails for public
/// keys.
pub(super) fn signing_secret(settings: &Settings) -> Result<Secret, CliError> {
    match settings.token_source() {
        TokenSource::Secret(secret) => Ok(secret.clone()),
        TokenSource::Development => config::development_secret(&settings.storage.data_dir, generate_secret)
            .map_err(CliError::failed("reading or making the development secret")),
        TokenSource::PublicKeyFile(_) => Err(verify_only("jwt_public_key_file")),
        TokenSource::JwksFile(_) => Err(verify_only("jwt_jwks_file")),
    }
}

fn verify_only(key: &str) -> CliError {
    CliError::Usage(format!(
        "this server verifies tokens with `{key}`, and a public key cannot sign: have the owner of the \
         private key make the token, or set `jwt_secret` (DESKWIRE_JWT_SECRET) instead"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configured_secret_signs() {
        let mut settings = Settings::default();
        settings.auth.jwt_secret = Some(Secret::new("configured".to_owned()));
        assert_eq!(signing_secret(&settings).unwrap().expose(), "configured");
    }

    #[test]
    fn a_public_key_is_explained_and_not_used() {
        let mut settings = Settings::default();
        settings.auth.jwt_public_key_file = Some("key.pem".into());
        let error = signing_secret(&settings).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("jwt_public_key_file"));
        assert!(error.to_string().contains("DESKWIRE_JWT_SECRET"));
    }

    #[test]
    fn the_development_secret_of_the_data_directory_signs() {
        let dir = tempfile::tempdir().unwrap();
        let kept = config::development_secret(dir.path(), || "k".repeat(40)).unwrap();
        let mut settings = Settings::default();
        settings.storage.data_dir = dir.path().to_owned();
        assert_eq!(signing_secret(&settings).unwrap(), kept);
    }
}
