"""The rules of GS1 keys and Digital Links, in words for people in both languages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold, in English and in Chinese."""

    en: str
    zh: str


DIGITS_ONLY = Rule("only the digits 0-9 are allowed", "只能有数字 0–9")
GTIN_LENGTH = Rule("a GTIN has 8, 12, 13 or 14 digits", "商品码应是 8、12、13 或 14 位数字")
LINK_GTIN_LENGTH = Rule("in a link a GTIN has exactly 14 digits", "链接里的商品码应是 14 位数字")
COMPANY_PREFIX = Rule("it begins with the company's GS1 prefix, in digits", "开头应是厂商识别代码（数字）")
CHARACTERS = Rule(
    "only letters, digits and ! \" % & ' ( ) * + , - . / : ; < = > ? _ are allowed (GS1 character set 82)",
    "只能有字母、数字和少数符号（GS1 字符集 82）",
)
PERCENT_ENCODING = Rule("a % must be followed by two hexadecimal digits", "% 后面应是两位十六进制数")
URI_CHARACTERS = Rule("this character may not stand in a web address", "网址里不能有这个字符")
SCHEME = Rule("the address begins with http:// or https://", "网址应以 http:// 或 https:// 开头")
HOST = Rule("the address names a host", "网址里没有主机名")
NO_KEY = Rule("no GS1 key such as /01/{14 digits} was found in the path", "没有找到商品码，应有 /01/ 加 14 位数字")
QUALIFIER_ORDER = Rule(
    "after its key, each qualifier stands once and in GS1's order (after 01: 22, 10, 21)",
    "商品码后面的几段要按顺序、各出现一次（22、10 批号、21 盒号）",
)
UNKNOWN_AI = Rule("no GS1 Application Identifier that is known here", "没有这个 GS1 标识代码")
DUPLICATE_AI = Rule("the same Application Identifier stands twice", "同一个标识代码出现了两次")
QUALIFIER_IN_QUERY = Rule("a qualifier of the key belongs in the path", "批号和盒号应写在路径里")
EMPTY = Rule("the value is empty", "这里是空的")
DATE = Rule("a date is six digits, year month day", "日期应是六位数字：年月日")


def check_digit_rule(expected: str) -> Rule:
    """The rule that the last digit must be `expected`."""
    return Rule(
        f"the last digit is a check digit and would be {expected}; a digit was misread or mistyped",
        f"最后一位是校验位，应是 {expected}；有数字抄错了",
    )


def length_rule(shortest: int, longest: int) -> Rule:
    """The rule that a value has so many characters."""
    if shortest == longest:
        return Rule(f"exactly {longest} characters are expected", f"应正好 {longest} 位")
    return Rule(f"{shortest} to {longest} characters are expected", f"应是 {shortest} 到 {longest} 位")
