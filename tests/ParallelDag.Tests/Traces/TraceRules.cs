using System.Text.Json;

namespace ParallelDag.Tests.Traces;

/// <summary>
/// What Perfetto's importer of JSON traces demands (src/trace_processor/importers/json), as far as a file can break it: it sorts events
/// by time,
/// keeping the order of equal ones, and drops or misplaces what breaks these rules.
/// </summary>
internal static class TraceRules
{
    /// <summary>Reads a trace and asserts the rules; returns its events.</summary>
    public static List<JsonElement> Assert(string text)
    {
        JsonElement root = JsonDocument.Parse(text).RootElement;
        List<JsonElement> events = [.. root.GetProperty("traceEvents").EnumerateArray()];
        Xunit.Assert.Equal("ns", root.GetProperty("displayTimeUnit").GetString());
        var open = new Dictionary<(int, int), Stack<long>>();
        var top = new Dictionary<(int, int), (long Start, long End)>();
        var started = new Dictionary<int, long>();
        var ended = new HashSet<int>();
        var named = new HashSet<(string?, int, int)>();
        long before = 0;
        (int, int) place = default;
        foreach (JsonElement item in events)
        {
            (int Process, int Thread) thread = (item.GetProperty("pid").GetInt32(), item.GetProperty("tid").GetInt32());
            Xunit.Assert.True(thread.Process > 0, "process 0 is the idle task");
            string phase = item.GetProperty("ph").GetString()!;
            if (phase == "M")
            {
                // A second name of a process or thread would replace the first.
                Xunit.Assert.True(named.Add((item.GetProperty("name").GetString(), thread.Process, thread.Thread)));
                continue;
            }

            Xunit.Assert.True(phase == "C" || named.Contains(("thread_name", thread.Process, thread.Thread)), "a thread without a name");
            Xunit.Assert.Contains(("process_name", thread.Process, 0), named);
            long time = Nanoseconds(item.GetProperty("ts"));
            bool ordered = time > before || (time == before && thread.CompareTo(place) >= 0);
            Xunit.Assert.True(ordered, "not in the order of time, process, thread");
            (before, place) = (time, thread);
            switch (phase)
            {
                case "X":
                    // A slice that begins in another must end in it.
                    long end = time + Nanoseconds(item.GetProperty("dur"));
                    Stack<long> stack = open.TryGetValue(thread, out Stack<long>? known) ? known : open[thread] = new();
                    while (stack.Count > 0 && stack.Peek() <= time)
                        stack.Pop();
                    Xunit.Assert.Empty(stack);
                    stack.Push(end);
                    top[thread] = (time, end);
                    break;
                case "s":
                    Xunit.Assert.True(started.TryAdd(item.GetProperty("id").GetInt32(), time), "an arrow cannot fork");
                    AssertInside(thread, time);
                    break;
                case "f":
                    Xunit.Assert.Equal("e", item.GetProperty("bp").GetString());
                    Xunit.Assert.True(started.TryGetValue(item.GetProperty("id").GetInt32(), out long start), "an arrow from nowhere");
                    Xunit.Assert.True(start <= time, "an arrow into the past");
                    Xunit.Assert.True(ended.Add(item.GetProperty("id").GetInt32()));
                    AssertInside(thread, time);
                    break;
                default:
                    Xunit.Assert.Equal("C", phase);
                    Xunit.Assert.True(item.GetProperty("args").GetProperty("value").GetInt64() >= 0);
                    break;
            }
        }

        Xunit.Assert.Equal(started.Count, ended.Count);
        return events;

        void AssertInside((int, int) thread, long time)
        {
            (long start, long end) = top[thread];
            Xunit.Assert.True(start <= time && time < end, "an arrow that touches no slice");
        }
    }

    /// <summary>Whole nanoseconds of microseconds with three decimals.</summary>
    public static long Nanoseconds(JsonElement microseconds)
    {
        decimal nanoseconds = decimal.Parse(microseconds.GetRawText(), System.Globalization.CultureInfo.InvariantCulture) * 1000;
        Xunit.Assert.Equal(nanoseconds, decimal.Truncate(nanoseconds));
        return (long)nanoseconds;
    }
}
