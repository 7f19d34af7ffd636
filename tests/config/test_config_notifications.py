"""Channels and routes: what may be written, and what is said about what may not."""

from collections.abc import Callable

import pytest

from slipwatch.config.loader import Problem
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.show import show_settings

Load = Callable[[str], SlipwatchSettings]
Problems = Callable[[str], tuple[Problem, ...]]

SOURCE = "sources: {plan: {kind: sheet, path: a.csv}}\n"
CHANNEL = "pm: {webhook: {url: https://acme.example/x, secret: {env: S}}}"


def channel(text: str) -> str:
    return f"{SOURCE}notifications: {{channels: {{pm: {{{text}}}}}}}\n"


def route(text: str) -> str:
    return f"{SOURCE}notifications: {{channels: {{{CHANNEL}}}, routes: [{{to: [pm], {text}}}]}}\n"


def people(text: str) -> str:
    return f"{SOURCE}notifications: {{channels: {{{CHANNEL}}}, people: {{dana: {text}}}}}\n"


MAIL = "smtp: {host: h, sender: a@b.example, to: [c@d.example]"


@pytest.mark.parametrize(
    ("text", "path", "said"),
    [
        (channel(""), "channels.pm", "write one of webhook, smtp, slack, teams, pagerduty"),
        (
            channel("teams: {url: {env: A}}, pagerduty: {routing_key: {env: B}}"),
            "channels.pm.pagerduty",
            "`teams` and `pagerduty` are two channels",
        ),
        (
            channel("teams: {url: https://x.example/hunter2}"),
            "channels.pm.teams.url",
            "never written",
        ),
        (channel("slack: {}"), "channels.pm.slack", "either `url`, or `token` and `channel`"),
        (
            channel("slack: {token: {env: T}}"),
            "channels.pm.slack.token",
            "`token` and `channel` belong together",
        ),
        (
            channel("webhook: {url: ftp://x.example, secret: {env: S}}"),
            "channels.pm.webhook.url",
            "expected an address such as https://",
        ),
        (channel(f"{MAIL}, port: 0}}"), "channels.pm.smtp.port", "1"),
        (
            channel(f"{MAIL}, tls: none, username: u, password: {{env: P}}}}"),
            "channels.pm.smtp.tls",
            "a password is never sent without encryption",
        ),
        (
            channel(f"{MAIL}, password: {{env: P}}}}"),
            "channels.pm.smtp.password",
            "`username` and `password` belong together",
        ),
        (
            channel("smtp: {host: h, sender: Sam, to: [c@d.example]}"),
            "channels.pm.smtp.sender",
            "expected the address of a mailbox",
        ),
        (route("rules: [sch]"), "routes[0].rules[0]", "expected a family of rules such as SCH"),
        (
            route("to: [mp]").replace("to: [pm], ", ""),
            "routes[0].to[0]",
            "known are `pm`",
        ),
        (route("programs: [checkout]"), "routes[0].programs[0]", "unknown program `checkout`"),
        (
            route('quiet: {outside: "08:00-18:00", calendar: plant}'),
            "routes[0].quiet.calendar",
            "unknown calendar `plant`",
        ),
        (route('quiet: {outside: "18:00-08:00"}'), "routes[0].quiet.outside", "end before they"),
        (route('quiet: {outside: "8-18"}'), "routes[0].quiet.outside", 'such as "08:00-18:00"'),
        (route('quiet: {outside: "08:00-24:00"}'), "routes[0].quiet.outside", "expected hours"),
        (
            f"{SOURCE}notifications: {{acknowledge: {{secret: {{env: S}}}}}}\n",
            "acknowledge",
            "add `external_url`",
        ),
        (people("{}"), "people.dana", "write either `channel`, or `mail` and `through`"),
        (people("{mail: d@acme.example}"), "people.dana.through", "belong together"),
        (people("{channel: mp}"), "people.dana.channel", "known are `pm`"),
        (
            people("{mail: d@acme.example, through: pm}"),
            "people.dana.through",
            "unknown channel for mail `pm`",
        ),
        (
            route("escalate: [{after: 2wd, to: sponsor}]"),
            "routes[0].escalate[0]",
            "nobody can be told: add `people`",
        ),
        (route("worse_by: 3"), "routes[0].worse_by", "expected working days such as 5wd"),
    ],
)
def test_a_mistake_is_told_where_it_stands(
    problems: Problems, text: str, path: str, said: str
) -> None:
    (problem,) = problems(text)
    assert problem.path == f"notifications.{path}"
    assert said in problem.message
    assert "hunter2" not in str(problem)


def test_what_is_shown_means_the_same(load: Load) -> None:
    text = route('quiet: {outside: "08:00-18:00"}, worse_by: 5wd, remind_after: never')
    settings = load(text)
    assert load(show_settings(settings)).notifications == settings.notifications
    (found,) = settings.notifications.routes
    assert found.remind_after == "never"
    assert settings.notifications.channels["pm"].kind == "webhook"


def test_a_person_whose_mail_goes_through_a_channel_is_a_way_of_their_own(load: Load) -> None:
    notifications = load(
        f"{SOURCE}notifications: {{channels: {{pm: {{{MAIL}}}}}}}, "
        "people: {dana: {mail: dana@acme.example, through: pm}, sam: {channel: pm}}}\n"
    ).notifications
    ways = notifications.ways()
    assert list(ways) == ["pm", "pm/dana@acme.example"]
    assert ways["pm/dana@acme.example"].own.to == ("dana@acme.example",)
    assert (notifications.people["sam"].way, ways["pm"].own.to) == ("pm", ("c@d.example",))
