//! Where the configuration and the database are when nobody says so.

use super::Overrides;
use std::path::PathBuf;

/// The variable that names the configuration file.
pub const VARIABLE: &str = "NEWSWATCH_CONFIG";

/// The configuration of the machine.
const SYSTEM: &str = "/etc/newswatch/newswatch.toml";

/// The configuration to use where no `-c` names one: `$NEWSWATCH_CONFIG` (whether or not it exists), else the
/// first that exists of `./newswatch.toml`, `$XDG_CONFIG_HOME/newswatch/newswatch.toml` (`~/.config` where the
/// variable is not set) and `/etc/newswatch/newswatch.toml`. `Err` lists where it was looked for.
pub fn find(overrides: &Overrides) -> Result<PathBuf, Vec<PathBuf>> {
    if let Some(path) = overrides.var(VARIABLE) {
        return Ok(path.into());
    }
    let places = candidates(overrides);
    places.iter().find(|path| path.is_file()).cloned().ok_or(places)
}

fn candidates(overrides: &Overrides) -> Vec<PathBuf> {
    let mut places = vec![PathBuf::from("newswatch.toml")];
    places.extend(user_directory(overrides, "XDG_CONFIG_HOME", ".config").map(|d| d.join("newswatch.toml")));
    places.push(PathBuf::from(SYSTEM));
    places
}

/// The database to use where nothing names one: in `$STATE_DIRECTORY` (systemd), else in `$XDG_DATA_HOME`, else in
/// `~/.local/share`. `None` where none of them is known.
pub(super) fn database(overrides: &Overrides) -> Option<PathBuf> {
    // systemd lists several directories separated by colons; the first is ours.
    let state = overrides.var("STATE_DIRECTORY").and_then(|list| list.split(':').next()).map(PathBuf::from);
    let directory = state.or_else(|| user_directory(overrides, "XDG_DATA_HOME", ".local/share"))?;
    Some(directory.join("newswatch.db"))
}

/// A directory of ours after the XDG base directory specification, which ignores relative values.
fn user_directory(overrides: &Overrides, variable: &str, under_home: &str) -> Option<PathBuf> {
    let absolute = |name: &str| overrides.var(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute(variable).or_else(|| absolute("HOME").map(|home| home.join(under_home)))?;
    Some(base.join("newswatch"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_where_the_environment_keeps_state() {
        type Case = (&'static str, &'static [(&'static str, &'static str)], Option<&'static str>);
        let cases: [Case; 6] = [
            (
                "systemd",
                &[("STATE_DIRECTORY", "/var/lib/newswatch"), ("HOME", "/h")],
                Some("/var/lib/newswatch/newswatch.db"),
            ),
            (
                "systemd, several",
                &[("STATE_DIRECTORY", "/var/lib/a:/var/lib/b")],
                Some("/var/lib/a/newswatch.db"),
            ),
            ("XDG", &[("XDG_DATA_HOME", "/d"), ("HOME", "/h")], Some("/d/newswatch/newswatch.db")),
            (
                "XDG relative",
                &[("XDG_DATA_HOME", "d"), ("HOME", "/h")],
                Some("/h/.local/share/newswatch/newswatch.db"),
            ),
            ("home", &[("HOME", "/h")], Some("/h/.local/share/newswatch/newswatch.db")),
            ("nothing", &[], None),
        ];
        for (case, env, expected) in cases {
            let overrides = env.iter().fold(Overrides::default(), |o, (k, v)| o.with_env(k, *v));
            assert_eq!(database(&overrides), expected.map(PathBuf::from), "{case}");
        }
    }

    #[test]
    fn the_variable_wins_even_if_the_file_is_missing() {
        let overrides = Overrides::default().with_env(VARIABLE, "/nowhere/x.toml");
        assert_eq!(find(&overrides), Ok(PathBuf::from("/nowhere/x.toml")));
    }
}
