"""What can go wrong at the door of the house, and the one table error → HTTP status.

ApiError
├── NotSignedInError       nobody, or nobody any more
├── SignInRefusedError     login or password is wrong
├── ThrottledError         too many failures: wait
├── ForgedRequestError     a form without its token
├── NotVisibleError        not there, or not granted: the two are never told apart
├── AlreadyThereError      the same thing was sent before
├── BadQueryError          a parameter cannot be read
├── NotAcceptableError     an answer was asked for in a form that is not given
├── UriTooLongError        the question does not fit into a URL
├── LabelError             a label cannot be printed like that
└── NotOfferedError        a part of a standard that is not built here
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from agronomy.advice.advising import WrongFieldError
from agronomy.errors import SoilValueError
from agronomy.fertiliser.lime import LimeError
from agronomy.given import PushNotFoundError, SampleConflictError
from agronomy.yields.harvests import HarvestError
from observations.errors import IdentifierError, StoreUnavailableError, UnknownPropertyError
from traceability.compliance.errors import (
    CertificateBlockedError,
    CertificateRequestError,
    CertificateStateError,
)
from traceability.errors import (
    BalanceTooLargeError,
    CaptureLimitError,
    EventError,
    HoldRequestError,
    LifecycleFileError,
    QueryError,
    QueryTooLargeError,
    RecallRequestError,
    RecallStateError,
    ScopeChangedError,
    SubscriptionError,
)


class ApiError(Exception):
    """Root of what the application itself refuses."""


class NotSignedInError(ApiError):
    """Nobody is signed in."""

    def __init__(self) -> None:
        super().__init__("sign in first: a session cookie or a bearer token is needed")


class SignInRefusedError(ApiError):
    """Login or password is wrong; which of the two is not told."""

    def __init__(self) -> None:
        super().__init__("login or password is wrong")


class ThrottledError(ApiError):
    """Too many failures; `wait_s` is when to try again."""

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        super().__init__(f"too many failed attempts; try again in {wait_s} s")


class ForgedRequestError(ApiError):
    """A request that changes something came without the token of its session."""

    def __init__(self) -> None:
        super().__init__("the form's token is missing or old; open the page again and send it once more")


class NotVisibleError(ApiError):
    """Nothing of that kind and id is there for this viewer; whether it exists is not told."""

    def __init__(self, *, kind: str, identifier: str) -> None:
        self.kind, self.identifier = kind, identifier
        super().__init__(f"no {kind} {identifier[:80]!r} among what you may see")


class LabelError(ApiError):
    """A label cannot be printed like that; `zh` and `en` say why and what to do."""

    def __init__(self, *, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(f"{en} ({zh})")


class AlreadyThereError(ApiError):
    """The same thing was sent before; nothing changed."""

    def __init__(self, *, what: str, location: str) -> None:
        self.location = location
        super().__init__(f"{what} is there already; nothing changed")


class BadQueryError(ApiError):
    """A query parameter cannot be read; `rule` says what it may be."""

    def __init__(self, *, parameter: str, value: str, rule: str) -> None:
        self.parameter = parameter
        super().__init__(f"{parameter}={value[:80]!r}: {rule}")


class NotAcceptableError(ApiError):
    """An answer was asked for in a form that is not given."""

    def __init__(self, *, header: str, value: str, rule: str) -> None:
        self.header = header
        super().__init__(f"{header}: {value[:80]}: {rule}")


class UriTooLongError(ApiError):
    """The question does not fit into a URL."""

    def __init__(self, most: int) -> None:
        super().__init__(f"at most {most} characters; a longer query can be posted to /epcis/queries and asked by name")


class NotOfferedError(ApiError):
    """A part of a standard that is not built here; `instead` says what does the same."""

    def __init__(self, *, what: str, instead: str) -> None:
        super().__init__(f"{what} not offered here; {instead}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """How an error is answered: status, a stable code for programs, titles for people.

    epcis: which of EPCIS's exceptions it is on that interface.
    """

    status: int
    code: str
    zh: str
    en: str
    epcis: str = "ImplementationException"


REFUSALS: Mapping[type[Exception], Refusal] = {
    NotSignedInError: Refusal(
        status=401, code="not-signed-in", zh="请先登录", en="Sign in first", epcis="SecurityException"
    ),
    SignInRefusedError: Refusal(
        status=401,
        code="sign-in-refused",
        zh="登录名或密码不对",
        en="Login or password wrong",
        epcis="SecurityException",
    ),
    ThrottledError: Refusal(
        status=429, code="throttled", zh="试得太多，请等一等", en="Too many attempts, wait", epcis="SecurityException"
    ),
    ForgedRequestError: Refusal(
        status=403,
        code="forged",
        zh="页面放久了，请重新打开",
        en="The page is old, reload it",
        epcis="SecurityException",
    ),
    NotVisibleError: Refusal(status=404, code="not-found", zh="查不到", en="Not found", epcis="NoSuchNameException"),
    AlreadyThereError: Refusal(
        status=409,
        code="already-there",
        zh="已经有了，没有改动",
        en="Already there, unchanged",
        epcis="ResourceAlreadyExistsException",
    ),
    BadQueryError: Refusal(
        status=400, code="bad-query", zh="参数读不懂", en="A parameter cannot be read", epcis="QueryParameterException"
    ),
    IdentifierError: Refusal(status=400, code="bad-identifier", zh="编号读不懂", en="The identifier cannot be read"),
    UnknownPropertyError: Refusal(
        status=400, code="unknown-property", zh="没有这个指标", en="No such observed property"
    ),
    NotAcceptableError: Refusal(
        status=406,
        code="not-acceptable",
        zh="不提供这种格式",
        en="Not given in this form",
        epcis="NotAcceptableException",
    ),
    UriTooLongError: Refusal(
        status=414, code="uri-too-long", zh="网址太长", en="The address is too long", epcis="URITooLongException"
    ),
    NotOfferedError: Refusal(status=501, code="not-offered", zh="这里没有这项功能", en="Not offered here"),
    QueryError: Refusal(
        status=400,
        code="bad-query",
        zh="查询参数读不懂",
        en="A parameter of the query cannot be read",
        epcis="QueryParameterException",
    ),
    QueryTooLargeError: Refusal(
        status=413, code="query-too-large", zh="结果太多", en="Too many results", epcis="QueryTooLargeException"
    ),
    SubscriptionError: Refusal(
        status=400,
        code="bad-subscription",
        zh="不能这样订阅",
        en="Not a subscription",
        epcis="SubscriptionControlsException",
    ),
    CaptureLimitError: Refusal(
        status=413,
        code="too-large",
        zh="一次提交的事件太多",
        en="Too many events at once",
        epcis="CaptureLimitExceededException",
    ),
    EventError: Refusal(
        status=400, code="bad-event", zh="不是一条 EPCIS 事件", en="Not an EPCIS event", epcis="ValidationException"
    ),
    SoilValueError: Refusal(status=400, code="bad-value", zh="化验值不对", en="No soil or crop can have this value"),
    WrongFieldError: Refusal(
        status=400, code="wrong-field", zh="不是这块地的结果", en="The result is of another field"
    ),
    HarvestError: Refusal(status=400, code="bad-harvest", zh="收获记录不对", en="No field can give this"),
    LimeError: Refusal(status=400, code="bad-lime", zh="石灰到不了这个酸碱", en="Lime does not lead there"),
    SampleConflictError: Refusal(
        status=409, code="sample-differs", zh="这个样品已经有了，数值不同", en="The sample is there with other values"
    ),
    PushNotFoundError: Refusal(status=404, code="not-found", zh="查不到", en="Not found"),
    RequestValidationError: Refusal(
        status=422, code="invalid", zh="内容不合规则", en="The request breaks a rule", epcis="ValidationException"
    ),
    BalanceTooLargeError: Refusal(
        status=413, code="balance-too-large", zh="涉及的东西太多", en="Too many things for one balance"
    ),
    LabelError: Refusal(status=422, code="bad-label", zh="这样的标签打不了", en="No label can be printed like that"),
    LifecycleFileError: Refusal(
        status=400, code="bad-file", zh="不是能读的表格", en="Not a table of lifecycle records"
    ),
    HoldRequestError: Refusal(
        status=422, code="bad-hold", zh="封存的内容不合规则", en="The hold cannot be placed like that"
    ),
    RecallRequestError: Refusal(
        status=422, code="bad-recall", zh="召回的内容不合规则", en="The recall cannot be asked for like that"
    ),
    RecallStateError: Refusal(
        status=409, code="recall-state", zh="召回现在不能走这一步", en="The recall cannot take that step now"
    ),
    ScopeChangedError: Refusal(
        status=409,
        code="scope-changed",
        zh="范围变了，请重新查看后确认",
        en="The scope changed, look again",
    ),
    CertificateRequestError: Refusal(
        status=422, code="bad-certificate", zh="合格证的内容不合规则", en="There is no such certificate"
    ),
    CertificateBlockedError: Refusal(
        status=409, code="must-not-be-sold", zh="现在不能销售，不能开合格证", en="It must not be sold now"
    ),
    CertificateStateError: Refusal(
        status=409, code="certificate-state", zh="数量用完了，或者已经开过", en="Used up, or certified already"
    ),
    StoreUnavailableError: Refusal(
        status=503,
        code="store-unavailable",
        zh="数据库暂时不通，已收到的没有丢",
        en="The store is away; nothing received is lost",
    ),
}

BY_STATUS: Mapping[int, Refusal] = {
    404: REFUSALS[NotVisibleError],
    405: Refusal(status=405, code="method-not-allowed", zh="这里不接受这种请求", en="Method not allowed here"),
    415: Refusal(
        status=415,
        code="wrong-type",
        zh="不收这种格式",
        en="Not a type that is taken here",
        epcis="UnsupportedMediaTypeException",
    ),
    413: Refusal(
        status=413,
        code="too-large",
        zh="内容太大",
        en="The request is too large",
        epcis="CaptureLimitExceededException",
    ),
}

UNEXPECTED = Refusal(
    status=500, code="unexpected", zh="出错了，已经存下的没有丢", en="Something failed; what was stored is safe"
)


def refusal_for(error: Exception) -> Refusal:
    """How that error is answered; the nearest class in the table holds."""
    if isinstance(error, HTTPException):
        other = Refusal(status=error.status_code, code="refused", zh="请求没有成功", en="The request failed")
        return BY_STATUS.get(error.status_code, other)
    for kind in type(error).__mro__:
        if kind in REFUSALS:
            return REFUSALS[kind]
    return UNEXPECTED
