#include "timestamp.h"

#include <math.h>

/* Below it a number counts seconds (until the year 5138), from it on milliseconds (since 1973). */
#define FIRST_MILLISECONDS 1e11
/* From here on (the year 2286) a number is more likely microseconds or 20260204103045. */
#define END_OF_MILLISECONDS 1e13
/* The longest numbers that can be read are far shorter. */
#define MAX_NUMERIC_LENGTH 40

#define MS_PER_DAY 86400000
#define MS_PER_MINUTE 60000

static const struct timestamp UNREADABLE = { .warning = "timestamp-unreadable" };

static struct timestamp from_number(double value)
{
    double size = fabs(value);
    if (!(size < END_OF_MILLISECONDS)) return UNREADABLE;
    /* Rounded and not cut off, since 1770201045.123 * 1000 is 1770201045122.9999. */
    double ms = floor((size < FIRST_MILLISECONDS ? value * 1000 : value) + 0.5);
    return (struct timestamp){ .is_known = true, .time = (int64_t)ms };
}

static bool is_digit(struct text text, size_t at)
{
    return at < text.length && text.data[at] >= '0' && text.data[at] <= '9';
}

static bool is_at(struct text text, size_t at, char character)
{
    return at < text.length && text.data[at] == character;
}

/* The number that so many digits make; false if they are not all digits. */
static bool digits(struct text text, size_t start, size_t count, int64_t *number)
{
    *number = 0;
    for (size_t at = start; at < start + count; at += 1) {
        if (!is_digit(text, at)) return false;
        *number = *number * 10 + (text.data[at] - '0');
    }
    return true;
}

static int64_t floor_divide(int64_t number, int64_t by)
{
    return number >= 0 ? number / by : -((by - 1 - number) / by);
}

/* Counts in years that begin in March, so that the leap day is the last one. */
static bool days_since_epoch(int64_t year, int64_t month, int64_t day, int64_t *days)
{
    static const int64_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month < 1 || month > 12) return false;
    if (day < 1 || day > lengths[month - 1] + (month == 2 && is_leap ? 1 : 0)) return false;
    int64_t march_year = month > 2 ? year : year - 1;
    int64_t march_month = month > 2 ? month - 3 : month + 9;
    int64_t leap_days = floor_divide(march_year, 4) - floor_divide(march_year, 100) + floor_divide(march_year, 400);
    /* (153 m + 2) / 5 are the days before month m of such a year; 719,468 those between 0000-03-01 and 1970-01-01. */
    *days = march_year * 365 + leap_days + (153 * march_month + 2) / 5 + day - 1 - 719468;
    return true;
}

/* `.` or `,` and digits, of which three count; moves behind them. */
static bool read_fraction(struct text text, size_t *at, int64_t *ms)
{
    *at += 1;
    int64_t weight = 100;
    size_t start = *at;
    for (; is_digit(text, *at); *at += 1, weight /= 10) *ms += weight * (text.data[*at] - '0');
    return *at > start;
}

/* hh:mm[:ss[.fraction]] from the 12th character on, in milliseconds; gives where it ends. */
static bool time_of_day(struct text text, int64_t *ms, size_t *end)
{
    int64_t hour, minute, second = 0, fraction = 0;
    if (!digits(text, 11, 2, &hour) || !is_at(text, 13, ':') || !digits(text, 14, 2, &minute)) return false;
    *end = 16;
    if (is_at(text, 16, ':')) {
        if (!digits(text, 17, 2, &second)) return false;
        *end = 19;
        if ((is_at(text, 19, '.') || is_at(text, 19, ',')) && !read_fraction(text, end, &fraction)) return false;
    }
    /* 60 is a leap second, which epoch time counts as the next minute's first one. 24:00 is the end of a day (ISO
     * 8601), and nothing comes after it. */
    if (hour > 24 || minute > 59 || second > 60 || (hour == 24 && minute + second + fraction > 0)) return false;
    *ms = (hour * 60 + minute) * MS_PER_MINUTE + second * 1000 + fraction;
    return true;
}

/* Z, +hh, +hhmm or +hh:mm, up to the end of the text. */
static bool read_offset(struct text text, int64_t *minutes_east)
{
    int64_t hours, minutes = 0;
    if (text.length == 1 && (is_at(text, 0, 'Z') || is_at(text, 0, 'z'))) {
        *minutes_east = 0;
        return true;
    }
    if ((!is_at(text, 0, '+') && !is_at(text, 0, '-')) || !digits(text, 1, 2, &hours) || hours > 23) return false;
    size_t at = is_at(text, 3, ':') ? 4 : 3;
    if (text.length != 3 && (text.length != at + 2 || !digits(text, at, 2, &minutes) || minutes > 59)) return false;
    *minutes_east = (hours * 60 + minutes) * (is_at(text, 0, '-') ? -1 : 1);
    return true;
}

/* YYYY-MM-DD, then nothing or a time of day and perhaps an offset. */
static struct timestamp from_iso(struct text text)
{
    int64_t year, month, day, days, of_day = 0, offset = 0;
    size_t end = 10;
    if (!digits(text, 0, 4, &year) || !digits(text, 5, 2, &month) || !is_at(text, 7, '-') ||
        !digits(text, 8, 2, &day) || !days_since_epoch(year, month, day, &days))
        return UNREADABLE;
    bool has_time = text.length > end;
    if (has_time && !is_at(text, 10, 'T') && !is_at(text, 10, 't') && !is_at(text, 10, ' ')) return UNREADABLE;
    if (has_time && !time_of_day(text, &of_day, &end)) return UNREADABLE;
    struct timestamp parsed = { .is_known = true };
    if (end == text.length)
        parsed.warning = "timestamp-assumed-utc";
    else if (!read_offset(text_after(text, end), &offset))
        return UNREADABLE;
    parsed.time = days * MS_PER_DAY + of_day - offset * MS_PER_MINUTE;
    return parsed;
}

static bool is_plain_number(struct text text)
{
    size_t at = is_at(text, 0, '-') ? 1 : 0, start = at;
    while (is_digit(text, at)) at += 1;
    if (at == start || text.length > MAX_NUMERIC_LENGTH) return false;
    if (!is_at(text, at, '.')) return at == text.length;
    start = at += 1;
    while (is_digit(text, at)) at += 1;
    return at > start && at == text.length;
}

struct timestamp parse_timestamp(struct json_value value)
{
    switch (value.kind) {
    case JSON_MISSING:
    case JSON_NULL: return (struct timestamp){ 0 };
    case JSON_NUMBER: return from_number(json_number(value));
    case JSON_STRING:
        /* The fifth character tells an ISO date from a number. */
        if (is_at(value.text, 4, '-')) return from_iso(value.text);
        return is_plain_number(value.text) ? from_number(json_number(value)) : UNREADABLE;
    default: return UNREADABLE;
    }
}
