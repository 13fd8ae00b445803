"""A page that one test leaves to the next holds nothing of the first visitor's."""

LEFT = """() => ({ stored: Object.keys(localStorage), session: sessionStorage.length, name: window.name,
  cookies: document.cookie, back: history.length, width: innerWidth,
  dark: matchMedia('(prefers-color-scheme: dark)').matches })"""
SIZE = {"width": 800, "height": 600}


def test_a_visitor_finds_nothing_of_the_one_before(visitors, site):
    one = visitors.enter(site.url, **SIZE, color_scheme="dark", locale="fr-FR", permissions=["clipboard-read"])
    one.evaluate("""() => {
      localStorage.setItem('a', 1); sessionStorage.setItem('a', 1); document.cookie = 'a=1'; window.name = 'a';
      for (let n = 0; n < 5; n++) history.pushState({}, '', `?${n}`);
    }""")
    one.route("**/*", lambda route: route.abort())
    before = one.evaluate(LEFT)
    assert before.items() >= {"stored": ["a"], "session": 1, "name": "a", "cookies": "a=1", "dark": True}.items()
    visitors.leave(one, site.url)
    two = visitors.enter(site.url, width=900, height=600, unfolded=["cam-fold-more"], locale="fr-FR")
    assert two is one, "the page itself is used again"
    found = two.evaluate(LEFT)
    assert found.pop("back") <= 2
    empty = {"session": 0, "name": "", "cookies": "", "width": 900, "dark": False}
    assert found == {"stored": ["cam-fold-more"], **empty}
    granted = "navigator.permissions.query({ name: 'clipboard-read' }).then((one) => one.state)"
    assert two.evaluate(granted) != "granted"
    visitors.leave(two, site.url)


def test_a_page_that_a_test_added_to_is_not_used_again(visitors, site):
    one = visitors.enter(site.url, **SIZE, locale="fr-CA")
    one.add_init_script("window.added = true")
    context = one.context
    visitors.leave(one, site.url)
    two = visitors.enter(site.url, **SIZE, locale="fr-CA")
    assert two is not one
    assert two.context is context, "its browser is"
    assert one.is_closed()
    assert two.evaluate("window.added") is None
    visitors.leave(two, site.url)


def test_who_comes_fresh_has_been_nowhere(visitors, site):
    one = visitors.enter(site.url, **SIZE, locale="fr-BE")
    visitors.leave(one, site.url)
    two = visitors.enter(site.url, **SIZE, locale="fr-BE", fresh=True)
    assert two.context is not one.context
    visitors.leave(two, site.url)
