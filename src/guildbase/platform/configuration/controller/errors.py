"""Why a change of settings is refused."""

from __future__ import annotations

from collections.abc import Iterable

from guildbase.core.errors import Conflict, NotFound
from guildbase.core.i18n import _
from guildbase.platform.configuration.rules import near


class UnknownFeature(NotFound):
    """No feature of this name has settings."""

    code = "unknown_feature"

    def __init__(self, feature: str, known: Iterable[str]) -> None:
        names = ", ".join(f"`{name}`" for name in near(feature, known))
        super().__init__(
            _("No feature called {name} has settings.", name=repr(feature[:60])),
            hint=_("Do you mean {names}?", names=names),
        )


class UnknownSetting(NotFound):
    """The feature has no such setting."""

    code = "unknown_setting"

    def __init__(self, feature: str, keys: Iterable[str], known: Iterable[str]) -> None:
        wrong, known = sorted(keys), list(known)
        names = ", ".join(f"`{name}`" for key in wrong[:5] for name in near(key, known))
        super().__init__(
            _("{feature} has no setting {keys}.", feature=feature, keys=", ".join(repr(key[:60]) for key in wrong[:5])),
            hint=_("Do you mean {names}?", names=names),
            problems={key[:100]: _("there is no such setting") for key in wrong[:25]},
        )


class SettingsChanged(Conflict):
    """Somebody else changed the settings since the caller looked at them."""

    code = "settings_changed"

    def __init__(self, feature: str, author: str, seen: int, version: int) -> None:
        super().__init__(
            _("{author} changed the settings of {feature} meanwhile.", author=author or _("Somebody"), feature=feature),
            hint=_(
                "Look at them again: they are at version {version}, and you saw {seen}.", version=version, seen=seen
            ),
        )
        self.version = version


class Unreadable(Conflict):
    """What is stored cannot be added to."""

    code = "settings_unreadable"

    def __init__(self, obstacle: str) -> None:
        super().__init__(obstacle, hint=_("Nothing was changed. Update the bot, or reset all settings of the feature."))


class VersionNotFound(NotFound):
    """The history has no such version."""

    code = "version_not_found"

    def __init__(self, feature: str, version: int) -> None:
        super().__init__(
            _("The settings of {feature} have no version {version} here.", feature=feature, version=version),
            hint=_("`/config history` lists the versions."),
        )


class CustomSettingNotFound(NotFound):
    """The server has no such setting of its own."""

    code = "custom_setting_not_found"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = ", ".join(f"`{name}`" for name in near(name, known))
        hint = _("Do you mean {names}?", names=names) if names else _("`/custom define` makes one.")
        super().__init__(_("This server has no setting {name} of its own.", name=repr(name[:60])), hint=hint)
