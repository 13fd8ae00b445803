"""Browsers of visitors, used one after another: most of what opening the page takes is fetching and compiling anew.

What stays from one visitor to the next is what a browser keeps by itself of the page's files. Storage, cookies, the
way back, permissions, sizes and looks are those of a new one. A page to which a test added what cannot be taken away
again is closed.
"""

LOOKS = {"color_scheme": "null", "forced_colors": "null", "reduced_motion": "null"}  # as the browser has them
ADDING = ("on", "once", "add_init_script", "expose_function", "expose_binding")
CLEAR = """(kept) => {
  localStorage.clear();
  sessionStorage.clear();
  window.name = '';
  for (const name of kept) localStorage.setItem(name, 'open');
}"""


class Visitors:
    """The browsers' contexts, each with a page: `enter` one, `leave` it for the next visitor."""

    def __init__(self, browser):
        self._browser = browser
        self._free = {}  # by the options with which they were made: pages

    def enter(self, url, *, width, height, unfolded=(), permissions=(), fresh=False, **options):
        """A page that nobody uses, of a browser with these options, to go to `url` with.

        `unfolded` names what this visitor unfolded before; `fresh`: no page of the context has been on this site's.
        """
        looks = LOOKS | {name: options.pop(name) for name in LOOKS if name in options}
        free = self._free.setdefault(repr(sorted(options.items())), [])
        page = free.pop() if free and not fresh else self._new(free, options)
        if permissions:
            page.context.grant_permissions(list(permissions))
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(**looks)
        page.goto(f"{url}health")  # of the same site, and runs no script
        page.evaluate(CLEAR, list(unfolded))
        wire = page.context.new_cdp_session(page)
        wire.send("Page.resetNavigationHistory")
        wire.detach()
        return page

    def _new(self, free, options, context=None):
        page = (context or self._browser.new_context(**options)).new_page()
        page.again = lambda: self._new(free, options, page.context)
        page.home, page.soiled = free, False
        for name in ADDING:
            setattr(page, name, self._noting(page, getattr(page, name)))
        return page

    def _noting(self, page, add):
        def noted(*arguments, **options):
            page.soiled = True
            return add(*arguments, **options)

        return noted

    def leave(self, page, url):
        """Leave the page at rest; what else was opened in its context is closed."""
        context = page.context
        page.unroute_all(behavior="ignoreErrors")
        context.unroute_all(behavior="ignoreErrors")
        left = page.again() if page.soiled else page
        for one in context.pages:
            if one is not left:
                one.close()
        context.clear_cookies()
        context.clear_permissions()
        left.goto(f"{url}health")  # its streams to the server end
        left.mouse.move(0, 0)
        left.home.append(left)
