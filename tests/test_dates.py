"""Dates are read as printed, or not at all."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newslib.dates import When, parse

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def read(text: str | None, day_first: bool | None = None) -> tuple[str, str | None, str | None] | None:
    when = parse(text, day_first=day_first, now=NOW)
    return (when.day, when.iso, when.offset) if when else None


@pytest.mark.parametrize(
    ("text", "day", "iso", "offset"),
    [
        ("2025-07-03", "2025-07-03", None, None),
        ("20250703", "2025-07-03", None, None),
        ("2025-7-3", "2025-07-03", None, None),
        ("2025-07-03T10:11:12Z", "2025-07-03", "2025-07-03T10:11:12Z", "+00:00"),
        ("2025-07-03t10:11:12z", "2025-07-03", "2025-07-03T10:11:12Z", "+00:00"),
        ("2025-07-03T01:11:12+09:00", "2025-07-03", "2025-07-02T16:11:12Z", "+09:00"),
        ("2025-07-03T10:11:12.123456789+0900", "2025-07-03", "2025-07-03T01:11:12Z", "+09:00"),
        ("2025-07-03T10:11+09", "2025-07-03", "2025-07-03T01:11:00Z", "+09:00"),
        ("2025-07-03 10:11:12 +09:00", "2025-07-03", "2025-07-03T01:11:12Z", "+09:00"),
        ("2025-07-03T10:11:12-03:30", "2025-07-03", "2025-07-03T13:41:12Z", "-03:30"),
        ("2025-07-03T10:11:12+09:00[Asia/Seoul]", "2025-07-03", "2025-07-03T01:11:12Z", "+09:00"),
        ("2025-07-03T10:11:12 KST", "2025-07-03", "2025-07-03T01:11:12Z", "+09:00"),
        ("2025-07-03T10:11:12", "2025-07-03", "2025-07-03T10:11:12Z", None),
        ("2025-07-03 10:11", "2025-07-03", "2025-07-03T10:11:00Z", None),
        ("20250703T101112Z", "2025-07-03", "2025-07-03T10:11:12Z", "+00:00"),
        ("20250703101112", "2025-07-03", "2025-07-03T10:11:12Z", None),
        ("202507031011", "2025-07-03", "2025-07-03T10:11:00Z", None),
        ("2025-07-03T10:11:12-00:00", "2025-07-03", "2025-07-03T10:11:12Z", "+00:00"),
        ("2025-07-03T24:00:00Z", "2025-07-04", "2025-07-04T00:00:00Z", "+00:00"),
        ("2025-06-30T23:59:60Z", "2025-06-30", "2025-06-30T23:59:59Z", "+00:00"),
        ("  2025-07-03T10:11:12Z\n", "2025-07-03", "2025-07-03T10:11:12Z", "+00:00"),
    ],
)
def test_iso_8601_in_all_the_spellings_that_are_met(text: str, day: str, iso: str | None, offset: str | None) -> None:
    assert read(text) == (day, iso, offset)


@pytest.mark.parametrize(
    ("text", "day", "iso", "offset"),
    [
        ("Thu, 03 Jul 2025 00:01:01 +0200", "2025-07-03", "2025-07-02T22:01:01Z", "+02:00"),
        ("Thu, 03 Jul 25 00:01:01 +0200", "2025-07-03", "2025-07-02T22:01:01Z", "+02:00"),
        ("3 Jul 2025 10:11 GMT", "2025-07-03", "2025-07-03T10:11:00Z", "+00:00"),
        ("Thu,03 Jul 2025 10:11:12 UT", "2025-07-03", "2025-07-03T10:11:12Z", "+00:00"),
        ("Wed, 30 Apr 2025 08:57:00 MEST", "2025-04-30", "2025-04-30T06:57:00Z", "+02:00"),
        ("Wed, 30 Apr 2025 08:57:00 MESZ", "2025-04-30", "2025-04-30T06:57:00Z", "+02:00"),
        ("Wed, 30 Apr 2025 08:57:00 CEST", "2025-04-30", "2025-04-30T06:57:00Z", "+02:00"),
        ("Wed, 30 Apr 2025 08:57:00 MSK", "2025-04-30", "2025-04-30T05:57:00Z", "+03:00"),
        ("Wed, 30 Apr 2025 08:57:00 KST", "2025-04-30", "2025-04-29T23:57:00Z", "+09:00"),
        ("Wed, 30 Apr 2025 08:57:00 JST", "2025-04-30", "2025-04-29T23:57:00Z", "+09:00"),
        ("Wed, 30 Apr 2025 08:57:00 EST", "2025-04-30", "2025-04-30T13:57:00Z", "-05:00"),
        ("Wed, 30 Apr 2025 08:57:00 PDT", "2025-04-30", "2025-04-30T15:57:00Z", "-07:00"),
        ("Wed, 30 Apr 2025 08:57:00 GMT+3", "2025-04-30", "2025-04-30T05:57:00Z", "+03:00"),
        ("Wed, 30 Apr 2025 08:57:00 UTC+05:30", "2025-04-30", "2025-04-30T03:27:00Z", "+05:30"),
        ("Wed, 30 Apr 2025 08:57:00 +0000 (UTC)", "2025-04-30", "2025-04-30T08:57:00Z", "+00:00"),
        ("Wed, 30 Apr 2025 08:57:00 XYZ", "2025-04-30", "2025-04-30T08:57:00Z", None),
        ("Wed, 30 Apr 2025 08:57:00", "2025-04-30", "2025-04-30T08:57:00Z", None),
        ("Wed, 30 Apr 2025", "2025-04-30", None, None),
        ("Mon, May 26 2025 04:45:26 +0000", "2025-05-26", "2025-05-26T04:45:26Z", "+00:00"),
        ("Mo, 25 Aug 2025 11:41:36 +0200", "2025-08-25", "2025-08-25T09:41:36Z", "+02:00"),
        ("mar, 25 ago 2025 10:00:00 +0200", "2025-08-25", "2025-08-25T08:00:00Z", "+02:00"),
        ("Пн, 25 авг 2025 10:00:00 +0300", "2025-08-25", "2025-08-25T07:00:00Z", "+03:00"),
        ("Pzt, 25 Ağu 2025 10:00:00 +0300", "2025-08-25", "2025-08-25T07:00:00Z", "+03:00"),
        ("lun., 25 août 2025 10:00:00 +0200", "2025-08-25", "2025-08-25T08:00:00Z", "+02:00"),
        ("Mon, 25 August 2025 10:00:00 +0200", "2025-08-25", "2025-08-25T08:00:00Z", "+02:00"),
        ("Monday, 25-Aug-25 10:00:00 GMT", "2025-08-25", "2025-08-25T10:00:00Z", "+00:00"),
        ("Mon Aug 25 10:00:00 2025", "2025-08-25", "2025-08-25T10:00:00Z", None),
        ("Mon Aug 25 10:00:00 KST 2025", "2025-08-25", "2025-08-25T01:00:00Z", "+09:00"),
        ("Mon, 25 Aug 2025 10:00:00 -0000", "2025-08-25", "2025-08-25T10:00:00Z", "+00:00"),
        ("Mon, 25 Aug 2025 10:00:00 +09:00", "2025-08-25", "2025-08-25T01:00:00Z", "+09:00"),
        (
            "Mon Aug 25 2025 10:00:00 GMT+0200 (Mitteleuropäische Sommerzeit)",
            "2025-08-25",
            "2025-08-25T08:00:00Z",
            "+02:00",
        ),
        ("Montag, 25. August 2025 10:00 Uhr MESZ", "2025-08-25", "2025-08-25T08:00:00Z", "+02:00"),
        ("Wrong, 25 Aug 2025 10:00:00 GMT", "2025-08-25", "2025-08-25T10:00:00Z", "+00:00"),
        ("Sun, 25  Aug  2025   10:00:00  GMT", "2025-08-25", "2025-08-25T10:00:00Z", "+00:00"),
        ("25 Aug 99 10:00:00 GMT", "1999-08-25", "1999-08-25T10:00:00Z", "+00:00"),
    ],
)
def test_dates_of_feeds_with_all_their_slips(text: str, day: str, iso: str | None, offset: str | None) -> None:
    assert read(text) == (day, iso, offset)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("2025/6/29 15:07:41", "15:07:41"), ("29.06.2025 15:07", "15:07:00"), ("29.06.2025, 15.07 Uhr", "15:07:00"),
        ("29. 6. 2025 | 15:07", "15:07:00"),
        ("29.6.25", None), ("2025. 6. 29.", None), ("2025.06.29. 15:07", "15:07:00"),
        ("2025-06-29(일) 15:07", "15:07:00"), ("29-06-2025 15:07", "15:07:00"),
        ("29/06/2025 - 15h07", "15:07:00"), ("06/29/2025 3:07 PM", "15:07:00"), ("6/29/25, 3:07 p.m.", "15:07:00"),
        ("Jun 29, 2025 12:05 AM", "00:05:00"),
        ("Jun 29, 2025 12:05 pm", "12:05:00"), ("Jun 29, 2025, at 3 pm", "15:00:00"), ("June 29th, 2025", None),
        ("29th of June 2025", None), ("29 June, 2025", None),
        ("Published: 29 June 2025 at 15:07 by Ann May", "15:07:00"),
        ("Updated on Sunday June 29 2025 15:07", "15:07:00"), ("29. Juni 2025 um 15:07 Uhr", "15:07:00"),
        ("29 juin 2025 à 15h07", "15:07:00"), ("29 de junio de 2025, 15:07 h", "15:07:00"),
        ("29 de junho de 2025 às 15h07", "15:07:00"), ("29 giugno 2025 ore 15:07", "15:07:00"),
        ("2025년 6월 29일 오후 3:07", "15:07:00"), ("2025년 6월 29일 15시 07분", "15:07:00"), ("2025年6月29日 15時07分", "15:07:00"),
        ("2025年06月29日15:07", "15:07:00"), ("2025年6月29日 下午3:07", "15:07:00"),
        ("25年6月29日", None), ("令和7年6月29日", None), ("ngày 29 tháng 6 năm 2025", None),
        ("29 tháng 6, 2025 15:07", "15:07:00"), ("29/6/2025, 15:07 (GMT+7)", "08:07:00"),
        ("29 июня 2025 г. в 15:07", "15:07:00"), ("29 июня 2025, 15:07 МСК", "12:07:00"), ("29 червня 2025", None),
        ("2025. június 29. 15:07", "15:07:00"), ("2025 m. birželio 29 d. 15:07", "15:07:00"),
        ("2025. gada 29. jūnijs", None), ("29 มิถุนายน 2568", None), ("29 มิ.ย. 2568 15:07 น.", "15:07:00"),
        ("٢٩ يونيو ٢٠٢٥", None), ("29 حزيران 2025", None), ("ב-29 ביוני 2025", None), ("२९ जून २०२५", None),
        ("29 de jun. de 2025", None), ("29-Jun-2025", None), ("29Jun2025", None),
        ("Minggu, 29 Juni 2025 15.07 WIB", "08:07:00"), ("zo 29 jun 2025", None),
        ("2025-06-29 15:07:41.123", "15:07:41"),
        ("29 Haziran 2025 Pazar 15:07", "15:07:00"), ("29 ივნისი 2025", None), ("1751209661", "15:07:41"),
        ("1751209661000", "15:07:41"), ("1751209661.5", "15:07:41"),
    ],
)  # fmt: skip
def test_what_people_print(text: str, clock: str | None) -> None:
    found = read(text)
    assert found is not None
    assert found[0] == "2025-06-29"
    assert found[1] == (clock and f"2025-06-29T{clock}Z")


MONTHS = """
en January February March April May June July August September October November December
de Januar Februar März April Mai Juni Juli August September Oktober November Dezember
de-at Jänner Feber März April Mai Juni Juli August September Oktober November Dezember
fr janvier février mars avril mai juin juillet août septembre octobre novembre décembre
es enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
it gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
pt janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
ca gener febrer març abril maig juny juliol agost setembre octubre novembre desembre
nl januari februari maart april mei juni juli augustus september oktober november december
sv januari februari mars april maj juni juli augusti september oktober november december
da januar februar marts april maj juni juli august september oktober november december
fi tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta
et jaanuar veebruar märts aprill mai juuni juuli august september oktoober november detsember
lv janvāris februāris marts aprīlis maijs jūnijs jūlijs augusts septembris oktobris novembris decembris
lt sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio
pl stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
pl-short sty lut mar kwi maj cze lip sie wrz paź lis gru
cs ledna února března dubna května června července srpna září října listopadu prosince
sk januára februára marca apríla mája júna júla augusta septembra októbra novembra decembra
hu január február március április május június július augusztus szeptember október november december
ro ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie
sl januarja februarja marca aprila maja junija julija avgusta septembra oktobra novembra decembra
sr-latn januara februara marta aprila maja juna jula avgusta septembra oktobra novembra decembra
sr јануара фебруара марта априла маја јуна јула августа септембра октобра новембра децембра
mk јануари февруари март април мај јуни јули август септември октомври ноември декември
bg януари февруари март април май юни юли август септември октомври ноември декември
ru января февраля марта апреля мая июня июля августа сентября октября ноября декабря
ru-short янв фев мар апр май июн июл авг сен окт ноя дек
uk січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня
be студзеня лютага сакавіка красавіка мая чэрвеня ліпеня жніўня верасня кастрычніка лістапада снежня
kk қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан
tr Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık
az yanvar fevral mart aprel may iyun iyul avqust sentyabr oktyabr noyabr dekabr
uz yanvar fevral mart aprel may iyun iyul avgust sentyabr oktyabr noyabr dekabr
el Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου Οκτωβρίου Νοεμβρίου Δεκεμβρίου
id Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember
ms Januari Februari Mac April Mei Jun Julai Ogos September Oktober November Disember
sw Januari Februari Machi Aprili Mei Juni Julai Agosti Septemba Oktoba Novemba Desemba
ar يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر
he ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר
fa ژانویه فوریه مارس آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر
hi जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर
bn জানুয়ারি ফেব্রুয়ারি মার্চ এপ্রিল মে জুন জুলাই আগস্ট সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর
th มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม
ka იანვარი თებერვალი მარტი აპრილი მაისი ივნისი ივლისი აგვისტო სექტემბერი ოქტომბერი ნოემბერი დეკემბერი
hy հունվարի փետրվարի մարտի ապրիլի մայիսի հունիսի հուլիսի օգոստոսի սեպտեմբերի հոկտեմբերի նոյեմբերի դեկտեմբերի
"""


@pytest.mark.parametrize("row", MONTHS.strip().splitlines(), ids=lambda row: row.split()[0])
def test_months_are_known_by_name(row: str) -> None:
    names = row.split()[1:]
    assert len(names) == 12
    read_ = [read(f"17 {name} 2024") for name in names]
    assert [r and r[0] for r in read_] == [f"2024-{n:02d}-17" for n in range(1, 13)]
    assert [read(f"17. {name.upper()}, 2024") for name in names] == read_


def test_a_date_that_can_be_read_in_two_ways_needs_to_be_told_which() -> None:
    for text in ("02/03/2025", "02-03-2025", "2/3/25", "02/03/2025 10:00"):
        assert read(text) is None
        assert (read(text, day_first=True) or "")[0] == "2025-03-02"
        assert (read(text, day_first=False) or "")[0] == "2025-02-03"


def test_a_date_that_can_be_read_in_one_way_only_is_read_that_way_whatever_was_told() -> None:
    for told in (None, True, False):
        assert read("13/02/2025", told) == read("02/13/2025", told) == ("2025-02-13", None, None)
        assert read("03.02.2025", told) == read("2025/02/03", told) == ("2025-02-03", None, None)
        assert read("03/03/2025", told) == ("2025-03-03", None, None)


@pytest.mark.parametrize(
    "text",
    [None, "", " ", "soon", "yesterday", "3 hours ago", "15:07", "29 June", "June 2025", "2025", "2025-13-01",
    "2025-02-30", "31 Jun 2025", "0000-00-00", "0000-00-00 00:00:00", "0001-01-01T00:00:00Z",
     "1970-01-01T00:00:00Z", "1989-12-31", "0", "-1", "123", "99999999999999999999", "Invalid Date", "null", "None",
     "2026-01-04", "2099-01-01T00:00:00Z", "Thu, 32 Jul 2025 10:00:00 GMT", "1.2.3", "127.0.0.1",
     "+1 202 555 0100", "10:11:12", "Call 29/30/2025 now", "1/2/3", "\0", "\ud800", "9" * 400, "x" * 5000,
     "2025-07-03T10:11:12Z" * 100, "①②", "²", "٢" * 30],
)  # fmt: skip
def test_what_is_no_plausible_date_is_none(text: str | None) -> None:
    assert read(text) is None


def test_a_wrong_clock_leaves_the_day() -> None:
    assert read("2025-07-03 29:99") == ("2025-07-03", None, None)
    assert read("3 July 2025, 10:75") == ("2025-07-03", None, None)


def test_a_word_that_is_also_a_zone_is_a_zone_in_capitals_only() -> None:
    assert read("29.06.2025 15:07 ist das") == ("2025-06-29", "2025-06-29T15:07:00Z", None)
    assert read("29.06.2025 15:07 IST") == ("2025-06-29", "2025-06-29T09:37:00Z", "+05:30")


def test_no_type_but_text_is_read() -> None:
    for odd in (5, b"2025-07-03", ["2025-07-03"], {}):
        assert parse(odd) is None  # type: ignore[arg-type]


def test_without_a_now_the_present_is_meant() -> None:
    assert parse((datetime.now(UTC) + timedelta(days=1)).isoformat()) is not None
    assert parse((datetime.now(UTC) + timedelta(days=4)).isoformat()) is None


@settings(max_examples=300, deadline=None)
@given(st.datetimes(datetime(1991, 1, 1), datetime(2025, 12, 30)), st.integers(-12 * 60, 14 * 60))
def test_every_instant_written_by_a_standard_is_read_back(local: datetime, minutes: int) -> None:
    local = local.replace(microsecond=0)
    sign, size = ("-" if minutes < 0 else "+"), abs(minutes)
    offset = f"{sign}{size // 60:02d}:{size % 60:02d}"
    instant = (local - timedelta(minutes=minutes)).replace(tzinfo=UTC)
    expected = When(local.date().isoformat(), instant, offset)
    assert parse(local.isoformat() + offset, now=NOW) == expected
    assert parse(local.isoformat(" ") + " " + offset.replace(":", ""), now=NOW) == expected
    for form in ("%a, %d %b %Y %H:%M:%S ", "%A, %B %d, %Y %I:%M:%S %p ", "%d %B %Y %H:%M:%S GMT"):
        assert parse(local.strftime(form) + offset.replace(":", ""), now=NOW) == expected, form


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            [
                "29",
                "2025",
                "06",
                "7",
                "/",
                ".",
                "-",
                ":",
                " ",
                "T",
                "Z",
                "+09",
                "May",
                "июня",
                "월",
                "年",
                "pm",
                "@",
                "h",
                ",",
            ]
        ),
        max_size=16,
    ).map("".join)
)
def test_nothing_raises_and_days_are_days(text: str) -> None:
    when = parse(text, now=NOW)
    if when is not None:
        assert datetime.strptime(when.day, "%Y-%m-%d").year >= 1989
        assert when.instant is None or when.instant.tzinfo is UTC


def test_hostile_texts_take_linear_time() -> None:
    started = time.perf_counter()
    for piece in ("1:", "1.", "29 ", "May ", "1/", "@5 ", "2025-", "月", " ", "h1", "a.", "+1"):
        parse(piece * (499 // len(piece)))
        parse(piece * 100_000)
    assert time.perf_counter() - started < 2
