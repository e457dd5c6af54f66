"""A page of words as one HTML file that prints on A4: no script, nothing fetched, pictures inside it."""

from __future__ import annotations

import html
import re

from markdown_it import MarkdownIt

STYLE = """
@page { size: A4; margin: 9mm 12mm }
body { font: 8.8pt/1.24 "Liberation Sans", Arial, sans-serif; color: #1b1b1b; max-width: 186mm; margin: 0 auto }
h1 { font-size: 14pt; margin: 0 0 3px; color: #12436D; line-height: 1.2 }
h2 { font-size: 10.5pt; margin: 6px 0 2px; color: #12436D; border-bottom: 1px solid #b9c4cf; break-after: avoid }
h3 { font-size: 10pt; margin: 8px 0 2px; break-after: avoid }
p:has(+ table) { break-after: avoid } p, ul, ol { margin: 2px 0 4px } ul, ol { padding-left: 17px } li { margin: 1px 0 }
table { border-collapse: collapse; width: 100%; margin: 3px 0 5px; font-size: 8.3pt; break-inside: avoid }
th, td { border-bottom: 1px solid #c8ced4; padding: 1px 5px; text-align: left; vertical-align: top }
th { border-bottom: 1.5px solid #3D3D3D } td[style*=right] { white-space: nowrap }
th { vertical-align: bottom }
svg { max-width: 100%; height: auto } figure { margin: 6px 0; break-inside: avoid }
@media screen { body { padding: 18px 14px; font-size: 12pt } table { font-size: 11pt } }
/* Narrower than the page, what is wide scrolls within itself: a shade stands at an edge with more beyond it. */
@media screen and (max-width: 740px) {
table, figure { display: block; overflow-x: auto } figure svg { min-width: 760px; max-width: none }
table { background: linear-gradient(90deg, #fff 30%, #fff0) left / 36px 100% no-repeat local,
linear-gradient(270deg, #fff 30%, #fff0) right / 36px 100% no-repeat local,
linear-gradient(90deg, #0004, #0000) left / 12px 100% no-repeat scroll,
linear-gradient(270deg, #0004, #0000) right / 12px 100% no-repeat scroll } }
"""
_ID = re.compile(r"(?<![\w-])(id=\"|href=\"#|url\(#)([^\")]+)")


def page(title: str, markdown: str, pictures: dict[str, str] | None = None) -> str:
    """Return `markdown` as a whole HTML page; each line that is `![](name)` becomes the picture of that name.

    Raw HTML in the text is shown as text, never run. `pictures` maps names to SVG text.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    body = reader.render(markdown)
    for number, (name, svg) in enumerate((pictures or {}).items()):
        figure = f"<figure>{_alone(svg, number)}</figure>"
        body = body.replace(f'<p><img src="{html.escape(name)}" alt="" /></p>', figure)
    body = body.replace("<th>", '<th scope="col">').replace("<th style", '<th scope="col" style')
    return (
        f'<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8"><title>{html.escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{STYLE}</style></head>\n'
        f"<body><main>\n{body}</main></body></html>\n"
    )


def _alone(svg: str, number: int) -> str:
    """Return an SVG without its prologue, its ids marked with `number` so that no two pictures share one."""
    start = svg.index("<svg")
    return _ID.sub(lambda found: f"{found[1]}f{number}-{found[2]}", svg[start:])
