"""What somebody could call an issue, one title for each thing that could obey it."""

TITLES = {
    "html": "</td></style></svg><script>document.title='x'</script><img src=x onerror=alert(1)>",
    "attributes": "\"' onmouseover=\"document.title='owned'\" x='",
    "templates": "{{ 7 * 7 }} {% raw %} ${7*7} $x^2$ %(x)s {0}",
    "markdown": "[click](javascript:alert(1)) ![x](http://evil.example/x.png) **b** `c` <b> | #",
    "autolinks": "http://evil.example www.evil.example <http://evil.example> mailto:a@evil.example",
    "mentions": "@channel @here <!channel> @sam #12",
    "list": "- 1. + # > ~~~",
    "formulas": "=cmd|' /C calc'!A0;@SUM(1);+1;-1",
    "hidden formula": "\t=1+1",
    "wide formula": "\uff1d1+1",
    "calendar": "a,b;c\\n\r\nEND:VEVENT\r\nATTENDEE:mailto:a@evil.example",
    "controls": "a\r\nBcc: all@acme.example\x00\x1b[31m\x9b2J\t\v\f\x85\u2028end",
    "bidi": "\u202egnp.exe\u2066\u200f\u061c",
    "half a character": "\ud800 launch",
    "other letters": "発売 Запуск 🚀 إطلاق",
    "long": "x" * 10_000,
}
