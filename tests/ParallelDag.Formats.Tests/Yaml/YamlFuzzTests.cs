using System.Text;
using ParallelDag.Formats.Yaml;

namespace ParallelDag.Formats.Tests.Yaml;

public class YamlFuzzTests
{
    private const string Plan = """
        name: llm_parallel
        model: &m
          layers: 16
          moe: { experts: 16, topK: 2 }
        "cluster":
          gpu: H100-SXM-80GB   # a profile
          intraNode: { bandwidth: 450 GB/s, latency: 2 us }
        note: |
          two
          lines
        prefill: { pp: 4, ep: 4, tp: 2, sp: 2 }
        decode: *m

        """;

    private static readonly string[] Tokens =
    [
        "a", "pp", ": ", ":", "- ", "-", "? ", "[", "]", "{", "}", ", ", "\n", "\n  ", "\n    ", "\t", " ", "'", "\"", "\\", "|", ">",
        "|-2\n", "&x ", "*x", "!", "!!str ",
        "!<", "%YAML 1.1\n", "%TAG ! x\n", "---", "...", "#", "<<", "~", "1e999", "é", "\u2028", "\uFEFF", "\r", "@", "`", "\\u12", "\\x",
        "\0", "😀",
    ];

    [Fact]
    public void Token_soup_ends_in_a_document_or_in_problems()
    {
        var random = new Random(20261);
        for (int round = 0; round < 20_000; round++)
        {
            var text = new StringBuilder();
            for (int i = random.Next(1, 40); i > 0; i--)
                text.Append(Tokens[random.Next(Tokens.Length)]);
            string soup = text.ToString();
            Outcome.Of(() => YamlDocument.Read(soup));
        }
    }

    [Fact]
    public void A_mutated_plan_ends_in_a_document_or_in_problems()
    {
        var random = new Random(20262);
        byte[] plan = Encoding.UTF8.GetBytes(Plan);
        int refused = 0, read = 0;
        for (int round = 0; round < 10_000; round++)
        {
            byte[] bytes = Mutate(plan, random);
            if (Outcome.Of(() => YamlDocument.Read(new MemoryStream(bytes))).Count == 0)
                read++;
            else
                refused++;
        }

        // Both ways out are taken, so that the mutations are neither harmless nor total.
        Assert.True(read > 500 && refused > 500, $"{read} read, {refused} refused");
    }

    [Fact]
    public void Every_beginning_of_a_plan_ends_in_a_document_or_in_problems()
    {
        for (int length = 0; length <= Plan.Length; length++)
            Outcome.Of(() => YamlDocument.Read(Plan[..length]));
    }

    [Fact]
    public void Random_bytes_end_in_problems()
    {
        var random = new Random(20263);
        for (int round = 0; round < 2_000; round++)
        {
            byte[] bytes = new byte[random.Next(64, 4096)];
            random.NextBytes(bytes);
            Assert.NotEmpty(Outcome.Of(() => YamlDocument.Read(new MemoryStream(bytes))));
        }
    }

    private static byte[] Mutate(byte[] plan, Random random)
    {
        var bytes = new List<byte>(plan);
        for (int i = random.Next(1, 4); i > 0 && bytes.Count > 0; i--)
        {
            int place = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[place] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(place, Math.Min(random.Next(1, 12), bytes.Count - place));
                    break;
                case 2:
                    bytes.InsertRange(place, Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)]));
                    break;
                case 3:
                    bytes.InsertRange(place, bytes.GetRange(random.Next(place + 1), random.Next(Math.Min(20, bytes.Count - place))));
                    break;
                default:
                    bytes[place] = plan[random.Next(plan.Length)];
                    break;
            }
        }

        return [.. bytes];
    }
}
