"""What stands in a pack of evidence for whoever opens it."""

README_ZH = """\
证据包：{subject}
做成时间：{made_at}    签名钥匙：{key_id}

里面有什么
  epcis.json            这盒来路上的事件（EPCIS 2.0），只写可以公开的；没写出来的在 tt:withheld 里点名
  passport.json         扫码页上说的，给程序读
  daily_summaries.csv   每头猪每天的汇总；没有信号的日子没有行，照样算缺
  raw_digests.csv       原始读数每天一个摘要（SHA-256）；原始读数可向运营方要，算出来应一样
  completeness.json     收到多少、应收多少（百分比），以及哪些没放进来、为什么
  public_key.pem        验签用的公钥（Ed25519）；也在 {base_url}/.well-known/tiantou-evidence.json
  manifest.json         每个文件的长度和 SHA-256（RFC 8785 规范形式）
  manifest.sig          对 manifest.json 的签名（64 字节）

怎么验，不用我们的服务
  tiantou evidence verify 文件.zip --key public_key.pem
  或者：openssl pkeyutl -verify -pubin -inkey public_key.pem -rawin -in manifest.json -sigfile manifest.sig
  再逐个文件对 SHA-256。公钥请从别处另取一份来比，包里的那份只能说明前后一致。

原始读数摘要怎么算
  一天（农场当地）的每个数一行：设备,通道,发出毫秒,收到毫秒,指标,数值,质量，换行；
  按设备、通道、发出时间排，UTF-8，整天求 SHA-256。

能证明：签名以后一个字节都没有改，当时有多完整，什么时候记下。不能证明：当初写下的每句话都属实。
"""

README_EN = """\
Pack of evidence: {subject}
Made: {made_at}    Signing key: {key_id}

What is in it
  epcis.json            the events this pack came of (EPCIS 2.0), as far as they are public; tt:withheld names the rest
  passport.json         what the scan page says, for programs
  daily_summaries.csv   each animal's days summed up; a silent day has no row and counts as missing all the same
  raw_digests.csv       a digest (SHA-256) of each day's raw readings; ask the operator for the readings and compare
  completeness.json     how much came of what should have come, in percent; what was left out of this pack, and why
  public_key.pem        the key to verify with (Ed25519); also at {base_url}/.well-known/tiantou-evidence.json
  manifest.json         length and SHA-256 of each file, in the form of RFC 8785
  manifest.sig          the signature over manifest.json (64 bytes)

How to check it without our service
  tiantou evidence verify FILE.zip --key public_key.pem
  or: openssl pkeyutl -verify -pubin -inkey public_key.pem -rawin -in manifest.json -sigfile manifest.sig
  and then each file's SHA-256. Get the public key another way and compare: the one in here proves consistency only.

How the digest of raw readings is made
  A line for each value of one local day: device,channel,sent_ms,received_ms,property,value,quality and a line feed,
  by device, channel and time sent, in UTF-8; the SHA-256 of the whole day.

It proves: not a byte was changed since it was signed, how complete it was, when it was recorded.
It does not prove: that every entry was true when it was written.
"""
