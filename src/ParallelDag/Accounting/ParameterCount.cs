namespace ParallelDag.Accounting;

/// <summary>
/// Parameters of a model, exactly, from its dimensions alone (h hidden, a heads, kv KV heads, d head width, ff FFN width, E experts, V vocabulary):
/// <code>
/// attention   h*a*d*2 + 2*h*kv*d   (+2d with QK norms, + biases)
/// MLA         h*q_r + q_r + q_r*a*(nope+rope) + h*(kv_r+rope) + kv_r + kv_r*a*(nope+v) + a*v*h   (without q_lora: h*a*(nope+rope) for the first three)
/// FFN         3*h*ff gated, 2*h*ff plain
/// MoE         E*3*h*ff_e + h*E (+E router bias) + shared experts
/// norms       2h a layer, h at the end (twice that with biases)
/// embeddings  V*h, and V*h for the LM head unless tied
/// </code>
/// Worked example: Llama-3.1-8B (h4096 L32 a32 kv8 ff14336 V128256, untied) has 8,030,261,248.
/// </summary>
public static class ParameterCount
{
    /// <summary>All parameters.</summary>
    public static long Total(ModelSpec model) => Count(model, model.Moe?.Experts ?? 0);

    /// <summary>The parameters that one token uses: top-k experts in place of all of them, the router in full.</summary>
    public static long Active(ModelSpec model) => Count(model, model.Moe?.TopK ?? 0);

    /// <summary>
    /// Bytes of KV cache for one token: GQA <c>2*L*kv*d</c> elements, MLA <c>L*(kv_lora_rank + qk_rope_head_dim)</c>.
    /// </summary>
    public static long KvCacheBytesPerToken(ModelSpec model) => checked((long)model.Layers * model.DataType.Bytes()
        * (model.Mla is MlaSpec mla ? mla.LatentDim : 2L * model.KvHeads * model.HeadDim));

    private static long Count(ModelSpec model, int experts)
    {
        checked
        {
            long hidden = model.Hidden, norm = hidden * (model.NormBias ? 2 : 1);
            long embeddings = ((long)model.Vocab + model.LearnedPositions) * hidden;
            long head = model.TiedEmbeddings ? 0 : (long)model.Vocab * hidden;
            long layers = 0;
            for (int layer = 1; layer <= model.Layers; layer++)
                layers += Attention(model) + (2 * norm) + (model.IsMoeLayer(layer) ? Moe(model, model.Moe!, experts) : Ffn(model, model.Ffn));
            return embeddings + layers + norm + head;
        }
    }

    private static long Attention(ModelSpec model)
    {
        checked
        {
            long hidden = model.Hidden, heads = model.Heads;
            if (model.Mla is MlaSpec mla)
            {
                long query = mla.QLoraRank is int rank ? (hidden * rank) + rank + (rank * heads * mla.QkHeadDim) : hidden * heads * mla.QkHeadDim;
                long keyValue = (hidden * mla.LatentDim) + mla.KvLoraRank + (mla.KvLoraRank * heads * (mla.QkNopeHeadDim + mla.VHeadDim));
                return query + keyValue + (heads * mla.VHeadDim * hidden) + (model.OutputBias ? hidden : 0);
            }

            long queryWidth = heads * model.HeadDim, keyValueWidth = 2L * model.KvHeads * model.HeadDim;
            return (hidden * queryWidth * 2) + (hidden * keyValueWidth)
                + (model.QkvBias ? queryWidth + keyValueWidth : 0)
                + (model.OutputBias ? hidden : 0)
                + (model.QkNorm ? 2L * model.HeadDim : 0)
                + (model.AttentionSinks ? heads : 0);
        }
    }

    private static long Ffn(ModelSpec model, long width)
    {
        checked
        {
            long up = model.GatedFfn ? 2 : 1;
            return ((up + 1) * model.Hidden * width) + (model.FfnBias ? (up * width) + model.Hidden : 0);
        }
    }

    private static long Moe(ModelSpec model, MoeSpec moe, int experts)
    {
        checked
        {
            long hidden = model.Hidden, matrices = model.GatedFfn ? 3 : 2;
            long expert = (matrices * hidden * moe.Ffn) + (moe.ExpertBias ? ((matrices - 1) * moe.Ffn) + hidden : 0);
            long router = (hidden * moe.Experts) + (moe.RouterBias ? moe.Experts : 0);
            long shared = (matrices * hidden * moe.SharedFfn) + (moe.SharedGate ? hidden : 0);
            return (experts * expert) + router + shared;
        }
    }
}
