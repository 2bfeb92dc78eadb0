using ParallelDag.Plans;

namespace ParallelDag.Migrations;

/// <summary>A part that a GPU of the new plan needs and does not hold.</summary>
/// <param name="Held">What it is a part of.</param>
/// <param name="Box">The part.</param>
/// <param name="From">The GPU that sends it; null where no GPU holds it, so that it comes from storage.</param>
/// <param name="To">The GPU that needs it.</param>
/// <param name="Bytes">Its size.</param>
internal readonly record struct MigrationPiece(HeldTensor Held, HeldBox Box, int? From, int To, long Bytes);

/// <summary>
/// Which parts move so that GPUs which hold what one plan says then hold what another says: what a GPU has it keeps, the rest comes from
/// those that have it, as in the hand-off of the cache; of copies it takes its own, else they take turns.
/// </summary>
internal static class MigrationPieces
{
    /// <summary>The parts that move, and the bytes that stay.</summary>
    public static (List<MigrationPiece> Pieces, Int128 Kept) Of(Holdings before, Holdings after, CancellationToken cancellation = default)
    {
        var pieces = new List<MigrationPiece>();
        Int128 kept = 0;
        foreach (HeldTensor held in after.All)
        {
            cancellation.ThrowIfCancellationRequested();
            IReadOnlyList<Holder> holders = before.Of(held);
            IReadOnlyList<Holder> needs = after.Of(held);
            for (int turn = 0; turn < needs.Count; turn++)
            {
                Holder need = needs[turn];
                long bytes = after.Bytes(held, need.Box);
                if (!before.Has(held, need))
                {
                    int first = pieces.Count;
                    Add(pieces, after, held, need, holders, turn);
                    for (int i = first; i < pieces.Count; i++)
                        bytes -= pieces[i].Bytes;
                }

                kept += Math.Max(0, bytes);
            }
        }

        return (pieces, kept);
    }

    private static void Add(
        List<MigrationPiece> pieces, Holdings after, HeldTensor held, Holder need, IReadOnlyList<Holder> holders, int turn)
    {
        var rest = new List<HeldBox> { need.Box };
        foreach (Holder own in holders.Where(holder => holder.Gpu == need.Gpu))
            Take(rest, own.Box, _ => { });
        while (rest.Count > 0)
        {
            HeldBox wanted = rest[^1];
            Holder[] able = [.. holders.Where(holder => holder.Box.Common(wanted) is not null)];
            if (able.Length == 0)
            {
                pieces.Add(new MigrationPiece(held, wanted, null, need.Gpu, after.Bytes(held, wanted)));
                rest.RemoveAt(rest.Count - 1);
                continue;
            }

            HeldBox part = able[0].Box.Common(wanted)!.Value;
            Holder[] copies = [.. able.Where(holder => holder.Box.Common(part) == part)];
            int from = copies[HolderChoice.Of(copies, holder => holder.Gpu, need.Gpu, turn)].Gpu;
            Take(rest, part, box => pieces.Add(new MigrationPiece(held, box, from, need.Gpu, after.Bytes(held, box))));
        }
    }

    /// <summary>Takes a box out of what is left.</summary>
    private static void Take(List<HeldBox> rest, HeldBox box, Action<HeldBox> taken)
    {
        for (int i = rest.Count - 1; i >= 0; i--)
        {
            if (rest[i].Common(box) is not HeldBox part)
                continue;
            HeldBox whole = rest[i];
            rest.RemoveAt(i);
            rest.AddRange(whole.Without(part));
            taken(part);
        }
    }
}
