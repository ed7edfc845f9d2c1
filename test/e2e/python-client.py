# An OpenAI client that is not the openai package: Python's standard library against a base URL, one check a word of the command line.
#
#   python3 python-client.py --base http://127.0.0.1:8080/v1 --model auto models chat stream tools errors
#
# Prints `ok CHECK` for each; exits 1 at the first that fails, saying why.
import argparse
import base64
import http.client
import json
import math
import struct
import sys
import urllib.error
import urllib.parse
import urllib.request


class Client:
    def __init__(self, base, model, key):
        self.base = base.rstrip("/")
        self.model = model
        self.headers = {"content-type": "application/json", "authorization": f"Bearer {key}"}

    def open(self, path, body=None):
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, headers=self.headers)
        return urllib.request.urlopen(request, timeout=90)

    def call(self, path, body=None):
        with self.open(path, body) as response:
            expect(response.headers.get_content_type(), "application/json", "content type")
            return json.load(response)

    def chat(self, **more):
        body = {"model": self.model, "messages": [{"role": "user", "content": "Hello, 世界"}], **more}
        return self.call("/chat/completions", body)


def expect(got, wanted, what):
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}, wanted {wanted!r}")


def holds(truth, what):
    if not truth:
        raise AssertionError(what)


def check_usage(usage):
    holds(usage["prompt_tokens"] >= 1, f"prompt tokens in {usage}")
    expect(usage["total_tokens"], usage["prompt_tokens"] + usage.get("completion_tokens", 0), "total tokens")


def events(response):
    """The data of server-sent events, read line by line; ends at [DONE], which must come."""
    expect(response.headers.get_content_type(), "text/event-stream", "content type")
    data = []
    for line in response:
        text = line.decode("utf-8").rstrip("\r\n")
        if text.startswith("data:"):
            data.append(text[5:].removeprefix(" "))
        elif text == "" and data:
            whole, data = "\n".join(data), []
            if whole == "[DONE]":
                expect(response.read(), b"", "what follows [DONE]")
                return
            yield json.loads(whole)
    raise AssertionError("the stream ended without [DONE]")


def models(client):
    listed = client.call("/models")
    expect(listed["object"], "list", "object")
    holds(client.model in [one["id"] for one in listed["data"]], f"{client.model} is not among {listed}")


def chat(client):
    answer = client.chat(max_tokens=12)
    expect(answer["object"], "chat.completion", "object")
    choice = answer["choices"][0]
    expect(choice["message"]["role"], "assistant", "role")
    holds(choice["message"]["content"], "no content")
    holds(choice["finish_reason"] in ("stop", "length"), f"finish reason {choice['finish_reason']}")
    check_usage(answer["usage"])


def stream(client):
    messages = [{"role": "user", "content": "Hello, 世界"}]
    body = {"model": client.model, "messages": messages, "stream": True, "stream_options": {"include_usage": True}}
    text, finish, usage = "", None, None
    with client.open("/chat/completions", body) as response:
        for event in events(response):
            expect(event["object"], "chat.completion.chunk", "object")
            for choice in event["choices"]:
                text += choice["delta"].get("content") or ""
                finish = choice["finish_reason"] or finish
            usage = event.get("usage") or usage
    expect(finish, "stop", "finish reason")
    check_usage(usage)
    expect(client.chat()["choices"][0]["message"]["content"], text, "the same answer, not streamed")


def tools(client):
    parameters = {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}}
    tool = {"type": "function", "function": {"name": "weather", "parameters": parameters}}
    answer = client.chat(tools=[tool], tool_choice="required")
    choice = answer["choices"][0]
    expect(choice["finish_reason"], "tool_calls", "finish reason")
    [call] = choice["message"]["tool_calls"]
    expect(call["function"]["name"], "weather", "function")
    expect(sorted(json.loads(call["function"]["arguments"])), ["city", "days"], "arguments")
    # And back: the tool's answer, after the call.
    asked = {"role": "user", "content": "Hello, 世界"}
    told = {"role": "tool", "tool_call_id": call["id"], "content": "rain"}
    after = client.chat(messages=[asked, choice["message"], told], tools=[tool])
    holds(after["choices"][0]["message"]["content"], "no content after the tool's answer")


def completions(client):
    answer = client.call("/completions", {"model": client.model, "prompt": ["Once", "Twice"], "n": 2, "max_tokens": 5})
    expect(answer["object"], "text_completion", "object")
    expect([choice["index"] for choice in answer["choices"]], [0, 1, 2, 3], "indexes")
    check_usage(answer["usage"])
    texts = ["", ""]
    body = {"model": client.model, "prompt": ["Once", "Twice"], "max_tokens": 5, "stream": True}
    with client.open("/completions", body) as response:
        for event in events(response):
            for choice in event["choices"]:
                texts[choice["index"]] += choice["text"]
    expect(texts, [answer["choices"][0]["text"], answer["choices"][2]["text"]], "streamed texts")


def embeddings(client):
    body = {"model": client.model, "input": ["one", "two", "one"], "dimensions": 16}
    answer = client.call("/embeddings", body)
    expect([one["index"] for one in answer["data"]], [0, 1, 2], "indexes")
    first, second, again = (one["embedding"] for one in answer["data"])
    expect([len(first), first == again, first == second], [16, True, False], "length, equal texts, other texts")
    holds(abs(math.hypot(*first) - 1) < 1e-5, "not a unit vector")
    check_usage(answer["usage"])
    packed = client.call("/embeddings", {**body, "encoding_format": "base64"})
    floats = struct.unpack("<16f", base64.b64decode(packed["data"][0]["embedding"]))
    expect(list(floats), first, "base64")


def errors(client):
    for body, status in ((b'{"model": ', 400), ({"model": client.model}, 400), ({"model": "no-such-model"}, None)):
        if isinstance(body, dict) and status is None:
            body, status = {**body, "messages": [{"role": "user", "content": "Hi"}]}, 404
        try:
            client.open("/chat/completions", body)
        except urllib.error.HTTPError as error:
            expect(error.code, status, f"status for {body}")
            envelope = json.load(error)["error"]
            expect(set(envelope) >= {"message", "type", "param", "code"}, True, f"an OpenAI envelope, in {envelope}")
            holds(envelope["message"], "no message")
        else:
            raise AssertionError(f"{body} was not refused")


def keepalive(client):
    """urllib closes after every request; http.client does not."""
    url = urllib.parse.urlsplit(client.base)
    connection = http.client.HTTPConnection(url.netloc, timeout=90)
    connection.connect()
    port = connection.sock.getsockname()[1]
    for streams in (False, True, False):
        body = {"model": client.model, "messages": [{"role": "user", "content": "Hi"}], "stream": streams}
        connection.request("POST", f"{url.path}/chat/completions", json.dumps(body), client.headers)
        response = connection.getresponse()
        expect(response.status, 200, "status")
        if streams:
            holds(list(events(response)), "no events")
        else:
            json.load(response)
            expect(response.read(), b"", "what follows the answer")
        expect(connection.sock and connection.sock.getsockname()[1], port, "the connection's port")
    connection.close()


CHECKS = {check.__name__: check for check in (models, chat, stream, tools, completions, embeddings, errors, keepalive)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", required=True, help="base URL, with /v1")
    parser.add_argument("--model", required=True)
    parser.add_argument("--key", default="none")
    parser.add_argument("checks", nargs="+", choices=CHECKS)
    args = parser.parse_args()
    client = Client(args.base, args.model, args.key)
    for name in args.checks:
        try:
            CHECKS[name](client)
        except Exception as error:
            sys.exit(f"failed {name}: {type(error).__name__}: {error}")
        print(f"ok {name}")


main()
