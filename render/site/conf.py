"""Sphinx's settings for one language; `lecture site` gives language, folders and title."""

from scenes.look import dark

NIGHT = dark().colors

DAY = {
    "brand": "#1a5fb4",
    "ground": "#ffffff",
    "raised": "#f5f7fa",
    "line": "#d5dce5",
    "words": "#17202b",
    "quiet": "#56626f",
}

extensions = ["myst_parser", "render.site.extension"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_disable_syntax = ["html_block", "html_inline"]  # shown as it is written
myst_title_to_header = True
myst_url_schemes = ("http", "https", "mailto")
exclude_patterns = ["**/.*"]
suppress_warnings = ["myst.header"]

html_search_options = {"dict": ""}  # jieba has its own dictionary; Sphinx would read it a second time, for seconds

html_theme = "furo"
html_title = ""
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False  # the licence stands below every page
html_use_index = False
html_static_path = ["static"]
html_favicon = "static/favicon.svg"
html_css_files = ["site.css"]
html_js_files = [("page.js", {"defer": "defer"}), ("player.js", {"defer": "defer"}), ("widgets.js", {"type": "module"})]
html_math_renderer = "katex"
templates_path = ["theme"]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
pygments_style = "a11y-high-contrast-light"  # 7:1 on its ground
pygments_dark_style = "a11y-high-contrast-dark"


def colours(brand: str, ground: str, raised: str, line: str, words: str, quiet: str) -> dict[str, str]:
    """Furo's variables for one colour scheme."""
    return {
        "color-brand-primary": brand,
        "color-brand-content": brand,
        "color-brand-visited": brand,
        "color-background-primary": ground,
        "color-background-secondary": raised,
        "color-background-border": line,
        "color-foreground-primary": words,
        "color-foreground-secondary": quiet,
        "color-foreground-muted": quiet,
        "color-foreground-border": line,
        "color-sidebar-link-text": words,
        "color-code-background": raised,
        "color-inline-code-background": raised,
        "color-admonition-background": raised,
    }


html_theme_options = {
    "light_css_variables": colours(**DAY),
    "dark_css_variables": colours(NIGHT.weight, NIGHT.ground, "#161b22", NIGHT.line, NIGHT.words, NIGHT.quiet),
    "top_of_page_buttons": [],
}
