# New-DeploymentPlan and Export-DeploymentPlan: plans from files, from parts, and back into files.

BeforeAll {
    . $PSScriptRoot/ModuleUnderTest.ps1
    $scratch = Enter-Scratch
    $model = @{ layers = 16; hidden = 512; heads = 8; ffn = 2048; vocab = 32000; moe = @{ experts = 16; topK = 2 } }
    $cluster = @{ gpus = 64; gpu = 'H100-SXM-80GB' }
}

AfterAll { Exit-Scratch $scratch }

Describe 'A plan from a file' {
    It 'is a typed object' {
        $plan = New-DeploymentPlan ./examples/llm_parallel.yaml
        $plan | Should -BeOfType ParallelDag.DeploymentPlan
        $plan.Prefill.ToString() | Should -Be 'pp4 ep4 tp2 sp2 attentionOutput=allGather'
    }

    It 'comes from a string, a file object, -Path and -LiteralPath alike' {
        $plans = @('./examples/llm_parallel.yaml' | New-DeploymentPlan
            Get-Item ./examples/llm_parallel.yaml | New-DeploymentPlan
            New-DeploymentPlan -Path ./examples/llm_parallel.yaml
            New-DeploymentPlan -LiteralPath ./examples/llm_parallel.yaml)
        $plans.Name | Should -Be @('llm_parallel', 'llm_parallel', 'llm_parallel', 'llm_parallel')
    }

    It 'gives one plan per match of a wildcard' {
        New-Item -ItemType Directory many | Out-Null
        'one', 'two' | ForEach-Object { (Get-Content ./examples/llm_parallel.yaml -Raw) -replace 'name: llm_parallel', "name: $_" | Set-Content "many/$_.yaml" }
        (New-DeploymentPlan ./many/*.yaml).Name | Sort-Object | Should -Be @('one', 'two')
    }

    It 'is found in a folder whose name has brackets' {
        New-Item -ItemType Directory 'a[1]' | Out-Null
        [IO.File]::Copy("$PWD/examples/llm_parallel.yaml", "$PWD/a[1]/llm_parallel.yaml")
        (Get-ChildItem -LiteralPath 'a[1]' | New-DeploymentPlan).Name | Should -Be 'llm_parallel'
        (New-DeploymentPlan -LiteralPath 'a[1]/llm_parallel.yaml').Name | Should -Be 'llm_parallel'
    }

    It 'is relative to the current location of PowerShell' {
        Push-Location ./examples
        try { (New-DeploymentPlan llm_parallel.yaml).Name | Should -Be 'llm_parallel' } finally { Pop-Location }
    }
}

Describe 'A plan of parts' {
    It 'takes hashtables and short strings' {
        $plan = New-DeploymentPlan -Name parts -Model $model -Cluster $cluster -Prefill 'pp4 ep4 tp2 sp2' -Decode @{ pp = 4; ep = 4; tp = 2 } -BatchSize 8 -PromptLength 4096 -OutputLength 16
        "$plan" | Should -Be 'parts: prefill pp4 ep4 tp2 sp2, decode pp4 ep4 tp2'
        $plan.Workload.Batch | Should -Be 8
        $plan.Workload.PromptLength | Should -Be 4096
        $plan.Workload.OutputLength | Should -Be 16
    }

    It 'takes a cluster in words' -ForEach @('64 x H100-SXM-80GB', '64xH100-SXM-80GB', '64 H100-SXM-80GB') {
        $plan = New-DeploymentPlan -Model $model -Cluster $_ -Prefill 'pp4 ep4'
        $plan.Cluster.Gpus | Should -Be 64
        $plan.Cluster.Gpu.Name | Should -Be 'H100-SXM-80GB'
    }

    It 'takes modes after the axes of a strategy' {
        $plan = New-DeploymentPlan -Model $model -Cluster $cluster -Prefill 'PP2 tp=4 attentionOutput=reduceScatter order=tp,pp,sp,ep,dp'
        $plan.Prefill.AttentionOutput | Should -Be ReduceScatter
        $plan.Prefill.Tp | Should -Be 4
        $plan.Prefill.Order -join ',' | Should -Be 'tp,pp,sp,ep,dp'
    }

    It 'takes the parts of another plan' {
        $first = New-DeploymentPlan ./examples/llm_parallel.yaml
        $second = New-DeploymentPlan -Name second -Model $first.Model -Cluster $first.Cluster -Prefill $first.Prefill -BatchSize 4
        "$($second.Prefill)" | Should -Be "$($first.Prefill)"
        $second.Model.Experts.ExpertCount | Should -Be 16
    }

    It 'takes limits, keeps them in a plan that is varied, and takes them away' {
        $limited = New-DeploymentPlan -Model $model -Cluster $cluster -Prefill 'pp2 ep4' -Limit @{ expertImbalance = 1.2; crossNode = @('tp', 'ep') }
        $limited.Limits.ExpertImbalance | Should -Be 1.2
        ($limited | Get-ParallelDag | Test-ParallelDag | Where-Object Id -EQ PD020).Status | Should -Be Pass
        ($limited | New-DeploymentPlan -Name again).Limits | Should -Be $limited.Limits
        ($limited | New-DeploymentPlan -Name free -Limit $null).Limits | Should -BeNullOrEmpty
        (New-DeploymentPlan -Model $model -Cluster $cluster -Prefill 'pp2 ep4' -Limits $limited.Limits).Limits | Should -Be $limited.Limits
    }

    It 'reads a config.json as the model' {
        New-Item -ItemType Directory tiny-llama | Out-Null
        @{ model_type = 'llama'; hidden_size = 256; intermediate_size = 1024; num_attention_heads = 8; num_key_value_heads = 4; num_hidden_layers = 4; vocab_size = 1000; tie_word_embeddings = $false } |
            ConvertTo-Json | Set-Content tiny-llama/config.json
        $plan = New-DeploymentPlan -Model ./tiny-llama/config.json -Cluster '8 x A100-SXM-80GB' -Prefill 'tp4 pp2'
        (New-DeploymentPlan -Model ./tiny-llama -Cluster '8 x A100-SXM-80GB' -Prefill 'tp4 pp2').Name | Should -Be $plan.Name
        $plan.Name | Should -Be 'tiny-llama'
        $plan.Model.LayerKinds[0].Mixer.KvHeads | Should -Be 4
    }

    It 'comes from rows with the right columns' {
        [pscustomobject] @{ Model = $model; Cluster = '64 x H100-SXM-80GB'; Prefill = 'pp4 ep4'; Decode = 'pp2 ep2' },
        [pscustomobject] @{ Model = $model; Cluster = '64 x H100-SXM-80GB'; Prefill = 'pp2 ep2'; Decode = $null } | New-DeploymentPlan | ForEach-Object { "$($_.Prefill)|$($_.Decode)|$($_.Workload.Batch)" } |
            Should -Be @('pp4 ep4|pp2 ep2|4', 'pp2 ep2||2')
    }

    It 'chooses the smallest batch that the strategies accept, and says so' {
        $verbose = New-DeploymentPlan -Model $model -Cluster $cluster -Prefill 'pp2 ep4 dp2' -MicroBatches 3 -Verbose 4>&1
        $plan = $verbose | Where-Object { $_ -isnot [Management.Automation.VerboseRecord] }
        $plan.Workload.Batch | Should -Be 24
        "$verbose" | Should -Match '24 is the smallest'
    }

    It 'is refused with the words that a file gets' {
        $faults = Get-Fault { New-DeploymentPlan -Model $model -Cluster $cluster -Prefill 'tp3' }
        $faults.Count | Should -BeGreaterThan 0
        $faults[0].FullyQualifiedErrorId | Should -Be 'PlanFault,ParallelDag.Commands.NewDeploymentPlanCommand'
        "$($faults[0])" | Should -Match 'tp'
        (Get-Fault { New-DeploymentPlan -Model $model -Cluster $cluster -Prefill 'tp2 nonsense=1' })[0].ToString() | Should -Match "nonsense"
        (Get-Fault { New-DeploymentPlan -Model $model -Cluster $cluster -Prefill '!!' })[0].ToString() | Should -Match "'!!'"
        (Get-Fault { New-DeploymentPlan -Model $model -Cluster 'many' -Prefill 'tp2' })[0].ToString() | Should -Match "64 x H100"
        (Get-Fault { New-DeploymentPlan -Model $model -Cluster $cluster -Prefill 'tp2 tp4' })[0].ToString() | Should -Match 'twice'
    }

    It 'refuses values without an end' {
        $loop = @{}
        $loop['moe'] = $loop
        (Get-Fault { New-DeploymentPlan -Model $loop -Cluster $cluster -Prefill 'tp2' })[0].ToString() | Should -Match 'nested too deeply'
    }
}

Describe 'A plan that varies another' {
    BeforeAll { $base = New-DeploymentPlan ./examples/llm_parallel.yaml }

    It 'keeps everything that is not named' {
        $same = $base | New-DeploymentPlan
        $same.Name | Should -Be $base.Name
        $same.Workload | Should -Be $base.Workload
        "$($same.Prefill) | $($same.Decode)" | Should -Be "$($base.Prefill) | $($base.Decode)"
        $other = $base | New-DeploymentPlan -Name wider -Prefill 'pp2 ep4 tp4 sp2' -PromptLength 4096
        $other.Name | Should -Be wider
        "$($other.Prefill)" | Should -Be 'pp2 ep4 tp4 sp2'
        "$($other.Decode)" | Should -Be "$($base.Decode)"
        $other.Workload.PromptLength | Should -Be 4096
        $other.Workload.OutputLength | Should -Be $base.Workload.OutputLength
    }

    It 'drops a phase that is given as null' { ($base | New-DeploymentPlan -Decode $null).Decode | Should -BeNullOrEmpty }

    It 'takes a strategy from its text' {
        foreach ($file in Get-ChildItem ./examples/*.yaml) {
            $plan = New-DeploymentPlan -LiteralPath $file
            foreach ($phase in $plan.Phases) {
                $again = $plan | New-DeploymentPlan -Prefill "$($plan.Prefill ?? 'tp1')" -ErrorAction SilentlyContinue
                if ($again) { "$($again.Prefill)" | Should -Be "$($plan.Prefill ?? 'tp1')" }
            }
        }
    }

    It 'comes from a table, each row by its own name' {
        Set-Content ./config.json '{ "model_type": "llama", "hidden_size": 256, "intermediate_size": 1024, "num_attention_heads": 8, "num_key_value_heads": 4, "num_hidden_layers": 4, "vocab_size": 1000 }'
        Set-Content ./two.csv 'Name,Model,Cluster,Prefill,BatchSize', 'one,./config.json,8 x A100-SXM-80GB,tp4 pp2,2', 'two,./config.json,8 x A100-SXM-80GB,tp2,'
        $plans = Import-Csv ./two.csv | New-DeploymentPlan
        $plans.Name | Should -Be @('one', 'two')
        $plans[0].Workload.Batch | Should -Be 2
    }

    It 'tells which row is at fault' {
        $rows = @{ Name = 'good'; Model = $model; Cluster = $cluster; Prefill = 'tp2' }, @{ Name = 'bad'; Model = $model; Cluster = $cluster; Prefill = 'tp3' }
        $faults = Get-Fault { $rows | New-DeploymentPlan }
        $faults[0].TargetObject.Name | Should -Be bad
    }

    It 'comes from objects that name a file, and from nothing else' {
        ([pscustomobject] @{ FullName = "$PWD/examples/llm_parallel.yaml" } | New-DeploymentPlan).Name | Should -Be llm_parallel
        (Get-Fault { [pscustomobject] @{ Colour = 'red' } | New-DeploymentPlan }).FullyQualifiedErrorId | Should -Match '^InputNotSupported,'
        (Get-Fault { New-DeploymentPlan -Name alone }).FullyQualifiedErrorId | Should -Match '^ArgumentFault,'
    }
}

Describe 'A plan that was validated' {
    BeforeAll {
        $plan = New-DeploymentPlan ./examples/llm_parallel.yaml
        $before = "$plan | $($plan.Workload) | $($plan.Cluster) | $($plan.Model)"
    }

    It 'keeps its <Part>' -ForEach @(
        @{ Part = 'prefill'; Change = { $plan.Prefill.Tp = 4 } }
        @{ Part = 'decode'; Change = { $plan.Decode.Pp = 3 } }
        @{ Part = 'workload'; Change = { $plan.Workload.Batch = 7 } }
        @{ Part = 'cluster'; Change = { $plan.Cluster.Gpus = 1 } }
        @{ Part = 'GPU'; Change = { $plan.Cluster.Gpu.MemoryBytes = 1 } }
        @{ Part = 'width'; Change = { $plan.Model.Hidden = 3 } }
        @{ Part = 'layers'; Change = { $plan.Model.Layers[0].Mixer.Heads = 3 } }
        @{ Part = 'experts'; Change = { $plan.Model.LayerKinds[0].FeedForward.ExpertCount = 3 } }
        @{ Part = 'layout'; Change = { $plan.PrefillLayout.Strategy.Tp = 4 } }
        @{ Part = 'phases'; Change = { $plan.Phases[0].Strategy.Ep = 1; $plan.Phases[1].Workload.PromptLength = 1 } }
        @{ Part = 'parts'; Change = { $plan.GetSpec().Prefill.Tp = 4; $plan.GetSpec().Cluster.Gpu.Flops = 1 } }
    ) {
        & $Change
        "$plan | $($plan.Workload) | $($plan.Cluster) | $($plan.Model)" | Should -Be $before
        $plan.Cluster.Gpu.MemoryBytes | Should -Be 80GB
        $plan.Model.Layers[0].Mixer.Heads | Should -Be 8
        $plan.PrefillLayout.Strategy.Tp | Should -Be 2
        ($plan | Get-ParallelDag).NodeCount | Should -Be 945
    }

    It 'leaves the built-in GPUs as they are' {
        [ParallelDag.DeviceProfile]::Find('H100').MemoryBytes = 1
        [ParallelDag.DeviceProfile]::BuiltIn[0].MemoryBytes = 1
        [ParallelDag.DeviceProfile]::Find('H100').MemoryBytes | Should -Be 80GB
        [ParallelDag.DeviceProfile]::BuiltIn[0].MemoryBytes | Should -Be 40GB
    }

    It 'gives parts that equal its own' {
        $same = New-DeploymentPlan -Name $plan.Name -Model $plan.Model -Cluster $plan.Cluster -Prefill $plan.Prefill -Decode $plan.Decode -BatchSize 4 -PromptLength 10240 -OutputLength 128
        $same.Model.Equals($plan.Model) | Should -BeTrue
        $same.Cluster.Equals($plan.Cluster) | Should -BeTrue
        $same.Prefill.Equals($plan.Prefill) | Should -BeTrue
    }
}

Describe 'Measure-ParallelDag' {
    BeforeAll { $rows = New-DeploymentPlan ./examples/llm_parallel.yaml | Measure-ParallelDag }

    It 'tells a row a phase, in seconds' {
        $rows.Phase | Should -Be @('Prefill', 'Decode')
        $rows[0].Makespan | Should -BeGreaterThan 0.00963940
        $rows[0].Makespan | Should -BeLessThan 0.00963941
        $rows[0].Utilisation + $rows[0].ExposedShare + $rows[0].BubbleFraction | Should -BeGreaterThan 0.999999
        ($rows[0].GetCriticalPath() | Measure-Object Seconds -Sum).Sum | Should -BeGreaterThan 0.00963940
        $rows[0].Accuracy | Should -Match '^model, \+-20 %'
    }

    It 'takes -Stream <_>' -ForEach Four, Two, One {
        ($plan = New-DeploymentPlan ./examples/llm_parallel.yaml | Measure-ParallelDag -Stream $_ -Phase Prefill).ExposedShare | Should -BeGreaterThan 0.15
    }

    It 'fits <_> columns' -ForEach 80, 120 {
        $lines = ($rows | Out-String -Width $_) -split '\r?\n'
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual $_
        ($lines -join ' ') | Should -Match 'Prefill'
        ($lines -join ' ') | Should -Match 'combine'
    }

    It 'calibrates first' {
        Set-Content ./ops.csv "op,shape,us`ngemm,512x8192x3584,80`ngemm,4096x10240x8192,1800"
        $slow = New-DeploymentPlan ./examples/llm_parallel.yaml | Measure-ParallelDag -Calibrate ./ops.csv
        $slow[0].Makespan | Should -Not -Be $rows[0].Makespan
        $slow[0].GetCalibration()[0].Name | Should -Be gemm
    }

    It 'serves in the mode that is asked for' {
        $plan = New-DeploymentPlan ./examples/llm_parallel.yaml
        ($plan | Measure-ParallelDag -Serving Aggregated -Chunk 2048)[0].GetServing().Mode | Should -Be Aggregated
        (Get-Fault { $plan | New-DeploymentPlan -Decode $null | Measure-ParallelDag -Serving Aggregated })[0].ToString() | Should -Match 'has no decode'
    }
}

Describe 'Measure-DeploymentPlan' {
    BeforeAll { $base = New-DeploymentPlan ./examples/llm_parallel.yaml }

    It 'gives a row a phase' {
        $rows = $base | Measure-DeploymentPlan
        $rows.Phase | Should -Be @('Prefill', 'Decode')
        $rows[0].Gpus | Should -Be 64
        $rows[0].Left | Should -Be ($rows[0].GetMemory() | ForEach-Object { $_.CapacityBytes - $_.UnionBytes } | Measure-Object -Minimum).Minimum
        $rows[0].PeakBytes | Should -BeGreaterThan $rows[0].WeightBytes
        ($base | Measure-DeploymentPlan -Phase Decode).Phase | Should -Be Decode
    }

    It 'sorts a sweep' {
        $rows = 1, 2, 4, 8 | ForEach-Object { $base | New-DeploymentPlan -Prefill "tp$_" -Decode $null } | Measure-DeploymentPlan | Sort-Object Left
        $rows.Strategy | Should -Be @('tp1', 'tp2', 'tp4', 'tp8')
    }

    It 'tells the size of a model alone' {
        Set-Content ./size.json '{ "model_type": "llama", "hidden_size": 256, "intermediate_size": 1024, "num_attention_heads": 8, "num_key_value_heads": 4, "num_hidden_layers": 4, "vocab_size": 1000 }'
        $row = Measure-DeploymentPlan ./size.json
        $row.Plan | Should -Be size
        $row.Parameters | Should -BeGreaterThan 1e6
        $row.Phase | Should -BeNullOrEmpty
    }
}

Describe 'Export-DeploymentPlan' {
    It 'writes every example so that it reads back the same' {
        foreach ($file in Get-ChildItem ./examples/*.yaml) {
            $plan = New-DeploymentPlan -LiteralPath $file
            $first = $plan | Export-DeploymentPlan -Path "./first.yaml" -PassThru
            $again = New-DeploymentPlan -LiteralPath $first
            $second = $again | Export-DeploymentPlan -Path "./second.yaml" -PassThru
            Get-Content $second -Raw | Should -Be (Get-Content $first -Raw)
            $again.Model.ToString() -replace 'DenseLayers = [^,]*' | Should -Be ($plan.Model.ToString() -replace 'DenseLayers = [^,]*')
            $again.Cluster | Should -Be $plan.Cluster
            $again.Workload | Should -Be $plan.Workload
            "$again" | Should -Be "$plan"
        }
    }

    It 'states the biases that a config.json asks for' {
        $null = New-Item -ItemType Directory tiny-qwen, other
        @{ model_type = 'qwen2'; hidden_size = 256; intermediate_size = 1024; num_attention_heads = 8; num_key_value_heads = 4; num_hidden_layers = 4; vocab_size = 1000; tie_word_embeddings = $false } |
            ConvertTo-Json | Set-Content tiny-qwen/config.json
        $plan = New-DeploymentPlan -Model ./tiny-qwen/config.json -Cluster '8 x A100-SXM-80GB' -Prefill 'tp4 pp2'
        $plan | Export-DeploymentPlan -Path ./other/qwen.yaml
        Get-Content ./other/qwen.yaml -Raw | Should -Match 'qkvBias: true'
        (New-DeploymentPlan ./other/qwen.yaml).Model | Should -Be $plan.Model
    }

    It 'keeps numbers exactly' {
        $odd = @{ gpus = 8; gpu = @{ memory = '81559 MiB'; flops = '123.456 TFLOPS'; memoryBandwidth = '3.3519 TB/s' }; interNode = @{ bandwidth = '399.7 Gb/s'; latency = '1.7 us' }; memoryReserve = '12.5 %' }
        $plan = New-DeploymentPlan -Model $model -Cluster $odd -Prefill 'pp2 tp2' -Decode 'tp2 pp2 expertParallel=folded'
        $plan | Export-DeploymentPlan -Path ./odd.yaml
        $again = New-DeploymentPlan ./odd.yaml
        $again.Cluster | Should -Be $plan.Cluster
        $again.Decode.ExpertParallel | Should -Be Folded
    }

    It 'is UTF-8 without a byte order mark' {
        New-DeploymentPlan ./examples/llm_parallel.yaml | Export-DeploymentPlan -Path ./bytes.yaml
        [IO.File]::ReadAllBytes("$PWD/bytes.yaml")[0] | Should -Not -Be 0xEF
    }

    It 'refuses what is no plan' {
        (Get-Fault { Get-ParallelDag ./examples/llm_parallel.yaml | Export-DeploymentPlan -Path ./x.yaml })[0].FullyQualifiedErrorId | Should -Match '^InputNotSupported,'
    }
}
