"""What tests of functions find around them, and what becomes of them."""

from __future__ import annotations

import pytest

from server.testing.results import State, TestingError
from tests.integration.testing.conftest import Run, RunTests

pytestmark = pytest.mark.asyncio(loop_scope="session")

SERVICE = "context.services.get('mongodb-atlas').db('shop')"
PASSING = {
    "functions run as the system unless there is a user":
        "expect(await context.functions.execute('nested', 'asSystem')).toEqual([true, null]);",
    "a user is what the test says":
        "context.user = { id: 'ada', data: { role: 'admin' } };"
        "expect(await context.functions.execute('helped')).toBe('ada');"
        "expect(await context.functions.execute('guarded', 1, [2])).toEqual([1, [2]]);",
    "run_as_system and run_as_user_id count":
        "context.user = { id: 'ada' };"
        "expect(await context.functions.execute('asSystem')).toEqual([true, 'ada']);"
        "expect(await context.functions.execute('nested', 'asOther')).toEqual([false, 'other']);",
    "can_evaluate counts":
        "context.user = { id: 'ada' };"
        "await expect(context.functions.execute('guarded')).rejects.toThrow('rule not matched');",
    "values are the app's, or the test's":
        "expect(await context.functions.execute('value', 'greeting')).toBe('Hello');"
        "context.values.set('greeting', 'Hi');"
        "expect(await context.functions.execute('value', 'greeting')).toBe('Hi');"
        "expect(context.values.get('greeting')).toBe('Hi');",
    "a secret that nobody gave has a text":
        "expect(await context.functions.execute('value', 'key')).toBe('secret:apiKey');",
    "rules judge documents that the test wrote":
        f"await {SERVICE}.collection('notes').insertMany([{{ owner: 'ada' }}, {{ owner: 'bob' }}]);"
        "context.user = { id: 'ada' };"
        "const notes = await context.functions.execute('notes');"
        "expect(notes).toMatchObject([{ owner: 'ada', _id: expect.any(BSON.ObjectId) }]);"
        f"expect(await {SERVICE}.collection('notes').count()).toBe(2);",
    "services are the test's":
        "const send = fn().mockResolvedValue('sent'); context.services.set('sms', { send });"
        "expect(await context.functions.execute('nested', 'sms', '+1')).toBe('sent');"
        "expect(send).toHaveBeenCalledWith({ to: '+1' });",
    "functions can be replaced":
        "context.functions.set('sms', fn((to) => `to ${to}`));"
        "expect(await context.functions.execute('nested', 'sms', '+1')).toBe('to +1');",
    "calls afterwards are only noted":
        "await context.functions.execute('later', '+1');"
        "expect(context.after).toHaveBeenCalledWith('sms', '+1');",
    "declared answers":
        "http.on('GET', 'https://api.example/a').reply(201, { ok: true }, { 'x-a': '1' });"
        "const answer = await context.functions.execute('get', 'https://api.example/a?b=1');"
        "expect(answer).toEqual({ statusCode: 201, type: ['application/json'], text: '{\"ok\":true}' });"
        "expect(await context.functions.execute('fetched', 'https://api.example/a')).toEqual([201, { ok: true }]);"
        "expect(http.requests.map(({ method, url }) => `${method} ${url}`)).toEqual("
        "['GET https://api.example/a?b=1', 'GET https://api.example/a']);",
    "answers that depend on the request, and run out":
        "http.on('GET', /example/).reply(({ url }) => ({ status: 200, body: [url] }));"
        "http.on('GET', /example/).reply(503, {}).times(1);"
        "const get = () => context.functions.execute('fetched', 'https://api.example/x');"
        "expect([await get(), await get()]).toEqual([[503, {}], [200, ['https://api.example/x']]]);",
    "failing hosts":
        "http.on('GET', 'https://api.example/').fail('no way');"
        "await expect(context.functions.execute('get', 'https://api.example')).rejects.toThrow('no way');",
    "recorded answers":
        "http.play([{ method: 'GET', url: 'https://api.example/r', status: 200, body: 'cmVj', base64: true,"
        " headers: { 'Content-Type': ['text/x'] } }]);"
        "expect(await context.functions.execute('get', 'https://api.example/r')).toEqual("
        "{ statusCode: 200, type: ['text/x'], text: 'rec' });",
    "transactions":
        "const client = context.services.get('mongodb-atlas'); const session = client.startSession();"
        "await session.withTransaction(async () => {"
        f" await {SERVICE}.collection('t').insertOne({{ a: 1 }}, {{ session }}); }});"
        f"expect(await {SERVICE}.collection('t').count()).toBe(1);",
    "matchers": """
        expect({ a: [1, { b: 2 }] }).toEqual({ a: [1, { b: 2 }] }); expect([1, 2]).toContain(2);
        expect('abc').toMatch(/b/); expect({ a: 1, b: 2 }).toMatchObject({ a: 1 }); expect([1]).toHaveLength(1);
        expect({ a: { b: 1 } }).toHaveProperty('a.b', 1);
        expect(0.1 + 0.2).toBeCloseTo(0.3); expect(() => { throw new TypeError('x'); }).toThrow(TypeError);
        expect(null).toBeNull(); expect(undefined).not.toBeDefined(); expect(2).toBeGreaterThan(1);
        expect(NaN).toBeNaN();
        expect(new Date(0)).toBeInstanceOf(Date); expect({ a: 1 }).toEqual({ a: expect.any(Number) });
        expect(['a']).toEqual(expect.arrayContaining(['a'])); expect('ab').toEqual(expect.stringContaining('b'));
        await expect(Promise.resolve(1)).resolves.toBe(1);
        await expect(Promise.reject(new Error('y'))).rejects.toThrow('y');
        const object = { f: () => 1 }; const spy = jest.spyOn(object, 'f').mockReturnValue(2);
        expect(object.f(3)).toBe(2); expect(spy).toHaveBeenCalledTimes(1); expect(spy.mock.calls).toEqual([[3]]);
        expect(new BSON.ObjectId('507f1f77bcf86cd799439011')).toEqual(new BSON.ObjectId('507f1f77bcf86cd799439011'));
        expect.assertions(22);
    """,
}  # fmt: skip
FAILING = {
    "expect(1 + 1).toBe(3)": ("expected 2 to be 3", "functions/a.test.js:2:"),
    "throw new Error('by itself')": ("by itself", "functions/a.test.js:2:"),
    "await context.functions.execute('thrower')": ("RangeError: too far", "functions/thrower.js:2:"),
    "await context.functions.execute('gone')": ("function not found: 'gone'", ""),
    "await context.functions.execute('get', 'https://a.example/b')":
        ("unexpected request: GET https://a.example/b", ""),
    "await context.functions.execute('get', 'https://a.example/b').catch(() => {})":
        ("unexpected request: GET https://a.example/b", ""),
    "await new Promise((resolve, reject) => require('net').connect(25, 'a.example').on('error', reject));":
        ("not available in tests", ""),
    "expect.assertions(1)": ("expected 1 assertions, and there were 0", ""),
    "await new Promise(() => {})": ("can never settle", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", PASSING)
async def test_tests_find_what_the_app_has_and_what_they_set(run: Run, name: str) -> None:
    """Users, values, services, functions, documents and answers are as the test says, else as the app has them."""
    result = await run(PASSING[name])
    assert (result.failures, result.state) == ((), State.PASSED)


@pytest.mark.parametrize("body", FAILING)
async def test_failures_say_what_and_where(run: Run, body: str) -> None:
    """What a test expects in vain, or throws, fails it, with the author's file and line."""
    message, place = FAILING[body]
    result = await run(body)
    assert result.state is State.FAILED
    assert message in result.failures[0].message
    assert place in result.failures[0].stack


async def test_the_difference_is_shown(run: Run) -> None:
    """A failed comparison has both sides, line by line and without colours."""
    result = await run("expect({ a: 1, b: [1, 2] }).toEqual({ a: 1, b: [1, 3] });")
    lines = [line.strip() for line in result.failures[0].difference.splitlines()]
    assert {"-     3,", "+     2,"} <= set(lines)
    assert "\x1b" not in (await run("expect('a').toBe('b');")).failures[0].difference


async def test_each_test_begins_afresh(run_tests: RunTests) -> None:
    """Neither globals, modules and mocks nor documents are left from one test to the next, in any order."""
    source = f"""
        let count = 0;
        const collection = () => {SERVICE}.collection('c');
        for (const n of [1, 2]) test(`${{n}}`, async () => {{
          expect([++count, globalThis.left, await collection().count()]).toEqual([1, undefined, 0]);
          globalThis.left = true;
          context.values.set('greeting', 'changed');
          await collection().insertOne({{}});
        }});
    """
    assert [result.state for result in await run_tests({"functions/a.test.js": source})] == [State.PASSED] * 2


async def test_hooks_run_around_each_test(run_tests: RunTests) -> None:
    """Hooks run from the outermost group inwards, and back; those that undo run after a failure, too."""
    source = """
        const log = (text) => () => console.log(text);
        beforeAll(log('all')); beforeEach(log('each')); afterEach(log('after')); afterAll(log('end'));
        describe('group', () => {
          beforeEach(log('inner')); afterEach(log('inner after'));
          it('fails', () => { console.log('test'); throw new Error('x'); });
        });
    """
    (result,) = await run_tests({"functions/a.test.js": source})
    assert [line.text for line in result.logs] == ["all", "each", "inner", "test", "inner after", "after", "end"]
    assert (result.state, result.titles) == (State.FAILED, ("group", "fails"))


async def test_skip_only_todo_and_each(run_tests: RunTests) -> None:
    """Tests are chosen as in Jest; what is not run says so."""
    files = {
        "functions/a.test.js": "test('a', () => {}); test.only('b', () => {}); it('c', () => {});",
        "functions/b.test.js": "test.skip('a', () => {}); test.todo('b');"
        " describe.skip('c', () => { it('d', () => {}); });",
        "functions/c.test.ts": "test.each([[1, 2], [2, 4]])('%i twice', (a: number, b: number) => {"
        " expect(a * 2).toBe(b); });",
    }  # fmt: skip
    results = await run_tests(files)
    assert [(result.name, result.state.value) for result in results] == [
        ("a", "skipped"), ("b", "passed"), ("c", "skipped"),
        ("a", "skipped"), ("b", "skipped"), ("c > d", "skipped"),
        ("1 twice", "passed"), ("2 twice", "passed"),
    ]  # fmt: skip


async def test_files_that_do_not_load_fail(run_tests: RunTests) -> None:
    """A test file that throws while it is evaluated is one failed result; the other files run."""
    files = {
        "functions/a.test.js": "jest.mock('x');", "functions/b.test.js": "test('b', () => {});",
        "functions/c.test.js": "describe('x', async () => {});",
    }  # fmt: skip
    results = await run_tests(files)
    assert [(result.titles, result.state.value) for result in results] == [
        ((), "failed"), (("b",), "passed"), ((), "failed"),
    ]  # fmt: skip
    assert "functions/a.test.js:1" in results[0].failures[0].stack


async def test_what_a_test_used_is_told(run: Run) -> None:
    """Time, memory and host calls by operation are those of the one test."""
    result = await run(
        f"http.on('GET', /./).reply(200, {{}}); await context.functions.execute('get', 'https://a.example/');"
        f"await {SERVICE}.collection('c').count(); await {SERVICE}.collection('c').count();"
    )
    assert result.asked == {"http": 1, "documents": 2}
    assert result.host_calls == 3
    assert result.stats.memory > 0
    assert result.seconds > 0


async def test_a_test_that_spins_is_stopped(run: Run) -> None:
    """A test has so many seconds, and fails then."""
    result = await run("for (;;);", seconds=0.3)
    assert result.state is State.FAILED
    assert "time limit" in result.failures[0].message


async def test_the_policy_of_the_app_counts(run_tests: RunTests) -> None:
    """A request that `vestibule.json` would refuse is refused, be its answer declared or not."""
    files = {
        "vestibule.json": {"http": {"allow": [{"hosts": ["good.example"]}]}},
        "functions/a.test.js": """
            test('a', async () => {
              http.on('GET', /./).reply(200, {});
              await context.functions.execute('get', 'https://good.example/');
              await expect(context.functions.execute('get', 'https://bad.example/')).rejects.toThrow('does not allow');
            });
        """,
    }
    (result,) = await run_tests(files)
    assert result.failures == ()


async def test_given_secrets_are_used(run: Run) -> None:
    """Secrets of the operator's file are what functions read."""
    body = "expect(await context.functions.execute('value', 'key')).toBe('given');"
    assert (await run(body, secrets={"apiKey": "given"})).state is State.PASSED


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "has no tests; write one, such as functions/NAME.test.js"),
        ({"values/bad.json": "{", "functions/a.test.js": ""}, "values/bad.json: "),
        ({"functions/bad.js": "exports = ;", "functions/a.test.js": ""}, "functions/bad.js:1:11: SyntaxError"),
        ({"functions/a.test.js": "test(;"}, "functions/a.test.js:1:6: SyntaxError"),
    ],
)
async def test_apps_that_cannot_be_tested_are_told(run_tests: RunTests, files: dict[str, str], message: str) -> None:
    """An app without tests, or one that could not be deployed, is refused with the reason."""
    with pytest.raises(TestingError, match="test") as raised:
        await run_tests(files)
    assert message in str(raised.value)
